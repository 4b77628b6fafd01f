import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../failure.mjs';
import { inRoot } from '../root.mjs';
import { createClient } from './client.mjs';
import { must, mustAnswer } from './expectations.mjs';

const REALM = '/realms/agent-sandbox';
const ADMIN = '/admin/realms/agent-sandbox';

/** The one whom the earliest plan of this product shows: only here, with a password of this run. */
const PERSON = { email: 'admin@example.com', groups: ['/admins'] };

/** somebodySignsIn makes a person at Keycloak and lets them come to spt-flow with it, as their browser would. */
export async function somebodySignsIn({ at, site }, { adminPassword, password }) {
  const stranger = createClient(at);
  const token = await adminToken(stranger, adminPassword);
  const { email, groups } = PERSON;
  const credentials = [{ type: 'password', value: password, temporary: false }];
  const names = { username: email, email, firstName: 'Ada', lastName: 'Lovelace' };
  const person = { ...names, groups, credentials, emailVerified: true, enabled: true };
  await mustAnswer(createClient({ ...at, token })('POST', `${ADMIN}/users`, person), 201);
  const { url } = await must(site('POST', '/api/v1/auth/methods/oidc/sign-in', {}), 201);
  const page = await mustAnswer(stranger('GET', pathOf(url)), 200);
  const action = /action="([^"]+)"/.exec(page)?.[1].replaceAll('&amp;', '&');
  const form = new URLSearchParams({ username: email, password });
  const { location: back = '' } = await stranger('POST', pathOf(action), form);
  const { status, location } = await site('GET', pathOf(back));
  if (status !== 303 || location !== '/')
    throw new Failure(`Back from Keycloak it answers ${status} ${location}`);
  const me = await must(site('GET', '/api/v1/auth/me'), 200);
  if (me.email !== email || me.role !== 'admin')
    throw new Failure(`Keycloak's ${email} became ${me.role} ${me.email}`);
}

function pathOf(url) {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

/** keycloakAnswers asks Keycloak through Caddy what its own makers' programs would ask of the realm that it read. */
export async function keycloakAnswers(at, { password, site }) {
  const stranger = createClient(at);
  await itsAddressIsTheirs(stranger, at);
  await nobodyComesInWithoutProof(stranger, site);
  await mustAnswer(stranger('GET', ADMIN), 401);
  const token = await adminToken(stranger, password);
  await theRealmIsWhole(createClient({ ...at, token }), site);
}

async function itsAddressIsTheirs(call, { host }) {
  const { issuer } = await json(call, `${REALM}/.well-known/openid-configuration`);
  if (issuer !== `https://${host}${REALM}`) throw new Failure(`It calls itself ${issuer}`);
}

/** The one client has no secret: without a challenge whoever reads its code could use it. */
async function nobodyComesInWithoutProof(call, site) {
  const ask = (values) =>
    call('GET', `${REALM}/protocol/openid-connect/auth?${new URLSearchParams(values)}`);
  const query = {
    ...{ client_id: 'spt-flow', response_type: 'code', scope: 'openid' },
    redirect_uri: `https://${site}/api/v1/auth/callback/oidc`,
  };
  const without = await ask(query);
  if (without.status !== 302 || !without.location.includes('error=invalid_request'))
    throw new Failure(`Without a challenge it answers ${without.status} ${without.location ?? ''}`);
  const challenge = { code_challenge_method: 'S256', code_challenge: 'E'.repeat(43) };
  await mustAnswer(ask({ ...query, ...challenge }), 200);
  const elsewhere = { ...query, ...challenge, redirect_uri: 'https://elsewhere.example/' };
  await mustAnswer(ask(elsewhere), 400);
}

async function adminToken(call, password) {
  const form = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password };
  const path = '/realms/master/protocol/openid-connect/token';
  const body = await mustAnswer(call('POST', path, new URLSearchParams(form)), 200);
  return JSON.parse(body).access_token;
}

/** What the file says has to be what Keycloak understood. */
async function theRealmIsWhole(call, site) {
  const file = inRoot('infra/kubernetes/keycloak/agent-sandbox-realm.json');
  const text = (await readFile(file, 'utf8')).replaceAll('${SPT_FLOW_HOST}', site);
  const { groups, clients, ...wanted } = JSON.parse(text);
  const problems = [
    ...differences('the realm', wanted, await json(call, ADMIN)),
    ...(await groupProblems(call, groups)),
    ...(await clientProblems(call, clients)),
  ];
  if (problems.length > 0) throw new Failure(problems.join('\n'));
}

async function groupProblems(call, wanted) {
  const found = await json(call, `${ADMIN}/groups`);
  const [names, expected] = [found, wanted].map((groups) =>
    groups.map(({ name }) => name).toSorted(),
  );
  return differences('the groups', { names: expected }, { names });
}

async function clientProblems(call, [{ protocolMappers, ...wanted }]) {
  const [found] = await json(call, `${ADMIN}/clients?clientId=${wanted.clientId}`);
  return [
    ...differences('the client', wanted, found),
    ...differences('its mapper', protocolMappers[0], found?.protocolMappers?.[0]),
  ];
}

/** What Keycloak adds of its own is its affair. */
function differences(what, wanted, found) {
  if (wanted?.constructor === Object)
    return Object.entries(wanted).flatMap(([key, value]) =>
      differences(`${key} of ${what}`, value, found?.[key]),
    );
  return isDeepStrictEqual(found, wanted)
    ? []
    : [`Keycloak has ${JSON.stringify(found)} as ${what}, not ${JSON.stringify(wanted)}`];
}

async function json(call, path) {
  return JSON.parse(await mustAnswer(call('GET', path), 200));
}
