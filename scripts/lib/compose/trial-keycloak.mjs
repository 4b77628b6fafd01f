import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../failure.mjs';
import { inRoot } from '../root.mjs';
import { createClient } from './client.mjs';
import { mustAnswer } from './expectations.mjs';

const REALM = '/realms/agent-sandbox';
const ADMIN = '/admin/realms/agent-sandbox';

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
    redirect_uri: `https://${site}/callback`,
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

async function groupProblems(call, [wanted]) {
  const [group] = await json(call, `${ADMIN}/groups?search=${wanted.name}&exact=true`);
  const children = await json(call, `${ADMIN}/groups/${group?.id}/children`);
  const names = children.map(({ name }) => name).toSorted();
  const expected = wanted.subGroups.map(({ name }) => name).toSorted();
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
