import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

/**
 * startOpenidProvider runs a certified OpenID Connect provider with one confidential client. Who signs in there is whoever
 * `person` says; with `asksPeople` it shows a page first, for browsers.
 */
export async function startOpenidProvider({ redirectUri, asksPeople = false, port = 0 }) {
  const state = { person: undefined, intercept: undefined };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = createServer((request, response) => void handle(request, response));
  server.listen(port, 'localhost');
  await once(server, 'listening');
  const issuer = `http://localhost:${server.address().port}`;
  const provider = createProvider(issuer, { redirectUri, state, privateKey });
  const answer = provider.callback();

  async function handle(request, response) {
    if (await state.intercept?.(request, response)) return;
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    if (asksPeople && request.method === 'GET') return showPage(response, state.person);
    const { subject } = state.person;
    const result = subject ? { login: { accountId: subject } } : { error: 'access_denied' };
    await provider.interactionFinished(request, response, result);
  }

  return {
    issuer,
    clientId: 'spt-flow',
    clientSecret: 'secret-of-the-client',
    state,
    /** A token with its key, whatever it says. */
    sign: (claims, header = { alg: 'RS256' }) => {
      const text = [header, claims].map(encoded).join('.');
      const signature = header.alg === 'none' ? '' : sign('sha256', Buffer.from(text), privateKey);
      return `${text}.${signature && signature.toString('base64url')}`;
    },
    close() {
      server.closeAllConnections();
      server.close();
      return once(server, 'close');
    },
  };
}

function createProvider(issuer, { redirectUri, state, privateKey }) {
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'spt-flow',
        client_secret: 'secret-of-the-client',
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [new URL('/login', redirectUri).href],
      },
    ],
    cookies: { keys: ['a key of tests'] },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
    claims: {
      openid: ['sub', 'groups'],
      email: ['email', 'email_verified'],
      profile: ['name'],
    },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true, methods: ['S256'] },
    ttl: { Session: 3600, Interaction: 3600, Grant: 3600, AccessToken: 600, IdToken: 600 },
    findAccount: (_context, subject) => ({
      accountId: subject,
      claims: () => ({ sub: subject, ...state.person.claims }),
    }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client.clientId,
        accountId: oidc.session.accountId,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
}

function encoded(part) {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function showPage(response, person) {
  response.setHeader('content-type', 'text/html');
  response.end(
    `<!doctype html><html lang="en"><title>Identity provider</title><h1>Identity provider</h1>` +
      `<form method="post"><button>Go on as ${person.claims.name}</button></form>`,
  );
}
