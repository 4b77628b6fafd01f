import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { portOf } from '../support/ports.ts';

const LIFE_MS = 10 * 60_000;

export interface GithubAccount {
  readonly id: number;
  readonly login: string;
  readonly emails: readonly { email: string; primary: boolean; verified: boolean }[];
  readonly organizations: readonly string[];
  /** As `acme/platform`. */
  readonly teams: readonly string[];
}

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly endsAtMs: number;
}

/**
 * startGithub speaks GitHub's published OAuth and REST API as an Enterprise Server does, and refuses what GitHub refuses:
 * codes of another app, used, expired or without their verifier, addresses of return that are not registered, scopes that
 * were not granted, calls without a user agent.
 */
export async function startGithub(app: { redirectUri: string }) {
  const codes = new Map<string, Grant>();
  const tokens = new Map<string, readonly string[]>();
  const state: { account: GithubAccount | undefined; isLimited: boolean } = {
    account: undefined,
    isLimited: false,
  };
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, 'localhost');
  const port = await portOf(server);
  const url = `http://localhost:${port}`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = new URL(request.url ?? '/', url);
    if (asked.pathname === '/login/oauth/authorize') return authorize(asked.searchParams, response);
    if (asked.pathname === '/login/oauth/access_token')
      return send(response, 200, exchange(request, new URLSearchParams(await text(request))));
    return answerApi(request, asked, response);
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const redirectUri = query.get('redirect_uri') ?? '';
    const back = new URL(redirectUri === app.redirectUri ? redirectUri : url);
    const state_ = query.get('state');
    if (state_ !== null) back.searchParams.set('state', state_);
    if (redirectUri !== app.redirectUri) back.searchParams.set('error', 'redirect_uri_mismatch');
    else if (!state.account) back.searchParams.set('error', 'access_denied');
    else back.searchParams.set('code', newCode(query, redirectUri));
    response.writeHead(302, { location: back.href }).end();
  }

  function newCode(query: URLSearchParams, redirectUri: string): string {
    const code = randomBytes(10).toString('hex');
    const challenge = query.get('code_challenge') ?? '';
    const scopes = (query.get('scope') ?? '').split(' ');
    codes.set(code, { challenge, redirectUri, scopes, endsAtMs: Date.now() + LIFE_MS });
    return code;
  }

  function exchange(request: IncomingMessage, form: URLSearchParams): object {
    if (request.method !== 'POST' || !request.headers.accept?.includes('application/json'))
      return { error: 'unsupported' };
    if (form.get('client_id') !== 'Iv1' || form.get('client_secret') !== 'secret-of-the-app')
      return { error: 'incorrect_client_credentials' };
    const code = form.get('code') ?? '';
    const grant = codes.get(code);
    codes.delete(code);
    const digest = createHash('sha256').update(form.get('code_verifier') ?? '');
    const isRight =
      grant?.redirectUri === form.get('redirect_uri') &&
      grant.endsAtMs > Date.now() &&
      digest.digest('base64url') === grant.challenge;
    if (!grant || !isRight)
      return {
        error: 'bad_verification_code',
        error_description: 'The code is incorrect or expired.',
      };
    const token = `gho_${randomBytes(18).toString('hex')}`;
    tokens.set(token, grant.scopes);
    return { access_token: token, scope: grant.scopes.join(','), token_type: 'bearer' };
  }

  function answerApi(request: IncomingMessage, asked: URL, response: ServerResponse): void {
    const scopes = tokens.get(
      /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '',
    );
    if (!request.headers['user-agent']) return send(response, 403, { message: 'No user agent' });
    if (!scopes || !state.account) return send(response, 401, { message: 'Bad credentials' });
    if (state.isLimited) {
      response.setHeader('x-ratelimit-remaining', '0');
      return send(response, 403, { message: 'API rate limit exceeded' });
    }
    const found = answers(state.account, scopes)[asked.pathname];
    if (!found) return send(response, 404, { message: 'Not Found' });
    return send(response, 200, Array.isArray(found) ? pageOf(found, asked.searchParams) : found);
  }

  return {
    url,
    state,
    close() {
      server.closeAllConnections();
      server.close();
      return once(server, 'close');
    },
  };
}

function answers(account: GithubAccount, scopes: readonly string[]): Record<string, object> {
  const { id, login, emails } = account;
  return {
    '/api/v3/user': { id, login, name: null, email: null, type: 'User' },
    ...(scopes.includes('user:email') && { '/api/v3/user/emails': emails }),
    ...(scopes.includes('read:org') && {
      '/api/v3/user/memberships/orgs': account.organizations.map((name) => ({
        state: 'active',
        role: 'member',
        organization: { login: name, id: 1 },
      })),
      '/api/v3/user/teams': account.teams.map((team) => {
        const [organization, slug] = team.split('/');
        return { slug, name: slug, organization: { login: organization, id: 1 } };
      }),
    }),
  };
}

function pageOf(items: readonly object[], query: URLSearchParams): readonly object[] {
  const size = Math.min(Number(query.get('per_page') ?? 30), 100);
  const page = Number(query.get('page') ?? 1);
  return items.slice((page - 1) * size, page * size);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}
