import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';

const BodySchema = z.object({
  data: z.record(z.string(), z.unknown()).optional(),
  options: z.object({ cas: z.number() }).optional(),
  role_id: z.string().optional(),
  secret_id: z.string().optional(),
  role: z.string().optional(),
  jwt: z.string().optional(),
  lease_id: z.string().optional(),
  increment: z.union([z.number(), z.string()]).optional(),
  versions: z.array(z.number()).optional(),
});
type Body = z.infer<typeof BodySchema>;

interface Version {
  readonly data: Record<string, unknown>;
  readonly createdAt: string;
  deletedAt: string;
  destroyed: boolean;
}

interface Answer {
  readonly status: number;
  readonly body?: object;
}

function refused(status: number, ...errors: string[]): Answer {
  return { status, body: { errors } };
}

const NOT_FOUND = refused(404);
const DENIED = refused(403, 'permission denied');

/**
 * startVaultServer speaks the part of Vault's API that is used here, strictly: what is not of the published API is an
 * error. It can be sealed, throttled, made to forget tokens, and slow to renew.
 */
export async function startVaultServer() {
  const kv = new Map<string, Version[]>();
  const tokens = new Map<string, { seconds: number }>();
  const leases = new Map<string, { token: string; seconds: number }>();
  const calls: string[] = [];
  const state = {
    isSealed: false,
    isThrottled: false,
    tokenSeconds: 3600,
    leaseSeconds: 3600,
    /** What a renewed lease has left: less than asked near its end. */
    renewedSeconds: 3600,
    mayRead: (_path: string) => true,
    secretId: 'the-secret-id',
    jwt: 'the-jwt',
  };

  function login(): Answer {
    const token = `hvs.${randomUUID()}`;
    const seconds = state.tokenSeconds;
    tokens.set(token, { seconds });
    return {
      status: 200,
      body: { auth: { client_token: token, lease_duration: seconds, renewable: true } },
    };
  }

  function kvData(path: string, { method, query, body }: Call): Answer {
    if (!state.mayRead(path)) return DENIED;
    const versions = kv.get(path) ?? [];
    if (method === 'GET') {
      const number = Number(query.get('version') ?? 0) || versions.length;
      const found = versions[number - 1];
      if (!found) return NOT_FOUND;
      const isGone = found.deletedAt !== '' || found.destroyed;
      const { createdAt: created_time, deletedAt: deletion_time, destroyed } = found;
      const metadata = { created_time, deletion_time, destroyed, version: number };
      const data = {
        data: isGone ? null : found.data,
        metadata: { ...metadata, custom_metadata: null },
      };
      return { status: isGone ? 404 : 200, body: { data, lease_id: '', lease_duration: 0 } };
    }
    if (!body.data) return refused(400, 'no data provided');
    if (body.options && body.options.cas !== versions.length)
      return refused(400, 'check-and-set parameter did not match the current version');
    const createdAt = new Date().toISOString();
    kv.set(path, [...versions, { data: body.data, createdAt, deletedAt: '', destroyed: false }]);
    return { status: 200, body: { data: { version: versions.length + 1 } } };
  }

  function kvMetadata(path: string): Answer {
    const versions = kv.get(path);
    if (!versions) return NOT_FOUND;
    const entries = versions.map(({ createdAt, deletedAt, destroyed }, index) => [
      String(index + 1),
      { created_time: createdAt, deletion_time: deletedAt, destroyed },
    ]);
    const data = { current_version: versions.length, versions: Object.fromEntries(entries) };
    return { status: 200, body: { data } };
  }

  function destroy(path: string, { body }: Call): Answer {
    for (const number of body.versions ?? []) {
      const version = kv.get(path)?.[number - 1];
      if (version) version.destroyed = true;
    }
    return { status: 204 };
  }

  function lease(token: string): Answer {
    const id = `terraform/creds/devenv/${randomUUID()}`;
    const seconds = state.leaseSeconds;
    leases.set(id, { token, seconds });
    const data = { token: `tfe-${leases.size}-value`, token_id: 'at-1' };
    return {
      status: 200,
      body: { lease_id: id, lease_duration: seconds, renewable: true, data },
    };
  }

  function renewLease({ body }: Call): Answer {
    const found = leases.get(body.lease_id ?? '');
    if (!found) return refused(400, 'lease not found');
    const left = { lease_duration: state.renewedSeconds, renewable: true };
    return { status: 200, body: { lease_id: body.lease_id, ...left } };
  }

  function revoke(token: string): Answer {
    tokens.delete(token);
    for (const [id, each] of leases) if (each.token === token) leases.delete(id);
    return { status: 204 };
  }

  function signedIn(call: Call, token: string): Answer {
    const [kind, path] = [
      call.path.split('/').slice(0, 2).join('/'),
      call.path.split('/').slice(2).join('/'),
    ];
    if (kind === 'secret/data') return kvData(path, call);
    if (kind === 'secret/metadata') return kvMetadata(path);
    if (kind === 'secret/destroy') return destroy(path, call);
    switch (call.path) {
      case 'terraform/creds/devenv':
        return lease(token);
      case 'sys/leases/renew':
        return renewLease(call);
      case 'sys/leases/revoke':
        leases.delete(call.body.lease_id ?? '');
        return { status: 204 };
      case 'auth/token/lookup-self':
        return {
          status: 200,
          body: { data: { ttl: tokens.get(token)?.seconds, renewable: true } },
        };
      case 'auth/token/renew-self': {
        const seconds = state.tokenSeconds;
        const auth = { client_token: token, lease_duration: seconds, renewable: true };
        return { status: 200, body: { auth } };
      }
      case 'auth/token/revoke-self':
        return revoke(token);
      default:
        return NOT_FOUND;
    }
  }

  function answer(call: Call, token: string | undefined): Answer {
    if (state.isSealed) return refused(503, 'Vault is sealed');
    if (state.isThrottled) return refused(429, 'request path quota exceeded');
    if (call.path === 'auth/approle/login')
      return call.body.role_id === 'the-role' && call.body.secret_id === state.secretId
        ? login()
        : refused(400, 'invalid role or secret ID');
    if (call.path === 'auth/kubernetes/login')
      return call.body.role === 'the-role' && call.body.jwt === state.jwt ? login() : DENIED;
    if (token === undefined || !tokens.has(token)) return DENIED;
    return signedIn(call, token);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request);
    calls.push(`${call.method} ${call.path}`);
    const header = request.headers['x-vault-token'];
    const { status, body } = answer(call, typeof header === 'string' ? header : undefined);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body && JSON.stringify({ request_id: randomUUID(), ...body }));
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return {
    ...{ address: `http://127.0.0.1:${port}`, calls, state, kv, leases, tokens },
    newToken(): string {
      login();
      return [...tokens.keys()].at(-1) ?? '';
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Body;
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const url = new URL(request.url ?? '', 'http://vault');
  if (!url.pathname.startsWith('/v1/')) throw new Error(`${url.pathname} is not of the API`);
  if (request.headers['x-vault-request'] !== 'true') throw new Error('X-Vault-Request is missing');
  const body = request.method === 'POST' ? BodySchema.parse(await json(request)) : {};
  return {
    ...{ method: request.method ?? '', path: url.pathname.slice('/v1/'.length), body },
    query: url.searchParams,
  };
}
