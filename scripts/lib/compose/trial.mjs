import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import path from 'node:path';
import { engineOutput } from '../images/images.mjs';
import { Failure } from '../failure.mjs';
import { withProgress } from '../progress.mjs';
import { createClient } from './client.mjs';
import { must, until } from './expectations.mjs';
import { keycloakAnswers, somebodySignsIn } from './trial-keycloak.mjs';
import { logsArrive } from './trial-logs.mjs';

const PERSON = { email: 'ada@example.com', password: 'correct horse battery' };
/** The authority that Caddy made for itself. */
const AUTHORITY = '/data/caddy/pki/authorities/local/root.crt';

/** tryStack uses a stack as its people do, and then as machines do that fail. */
export async function tryStack(stack) {
  await withProgress('All services become healthy', stack.up);
  const call = await withProgress('The sign-in page answers over TLS', () => openSite(stack));
  await withProgress('The first account is made', () => setUp(stack, call));
  const workspace = await withProgress('A workspace runs', () => createWorkspace(call));
  if (stack.images.prometheus) await tryBesides(stack);
  await withProgress('Everything ends and starts again', async () => {
    await stack.compose('down', '--timeout', '60');
    await stack.up();
  });
  const again = await withProgress('Account, workspace and files are still there', async () => {
    const client = await openSite(stack);
    await signIn(client);
    await untilRunning(client);
    await expectFile(client, workspace);
    return client;
  });
  await withProgress('PostgreSQL is killed, and comes back', async () => {
    await killPostgres(stack);
    await until('somebody can sign in again', () => signIn(again));
    await expectFile(again, workspace);
  });
  await withProgress('The workspace is removed', () => removeWorkspace(again, workspace));
}

async function tryBesides(stack) {
  await withProgress('Prometheus reads the metrics, with the rules', () => metricsArrive(stack));
  await withProgress('Loki’s place has the logs of all services', () => logsArrive(stack));
  await withProgress('Keycloak has the realm, and lets in who may', () => tryKeycloak(stack));
  await withProgress('Somebody signs in with Keycloak', () => signInWithKeycloak(stack));
}

async function openSite(stack) {
  const authority = await stack.compose('exec', '-T', 'caddy', 'cat', AUTHORITY);
  const call = createClient({ host: stack.host, port: await portOf(stack, 443), authority });
  const page = await call('GET', '/');
  if (page.status !== 200 || !page.body.includes('<div id="app"'))
    throw new Failure(`The page answers ${page.status}: ${page.body.slice(0, 200)}`);
  await previewsAnswer(stack, authority);
  await othersGetNoCertificate(stack, authority);
  const [{ statusCode, headers }] = await once(
    get({ host: '127.0.0.1', port: await portOf(stack, 80), headers: { host: stack.host } }),
    'response',
  );
  if (statusCode !== 308 || headers.location !== `https://${stack.host}/`)
    throw new Failure(`Without TLS it answers ${statusCode} ${headers.location ?? ''}`);
  return call;
}

/** Each app has a name of its own, for which Caddy has a certificate too. It is not for strangers. */
async function previewsAnswer(stack, authority) {
  const host = `orchard.preview.${stack.host}`;
  const call = createClient({ host, port: await portOf(stack, 443), authority });
  const { status, body } = await call('GET', '/');
  if (status !== 401 && status !== 404)
    throw new Failure(`A preview answers ${status}: ${body.slice(0, 200)}`);
}

/** Anybody may lead a name here; only what is proven to be somebody's gets a certificate. */
async function othersGetNoCertificate(stack, authority) {
  const call = createClient({
    host: 'shop.example.org',
    port: await portOf(stack, 443),
    authority,
  });
  const answer = await call('GET', '/').catch(() => undefined);
  if (answer) throw new Failure(`A domain that nobody has proven answers ${answer.status}`);
}

async function tryKeycloak(stack) {
  const authority = await stack.compose('exec', '-T', 'caddy', 'cat', AUTHORITY);
  const host = `keycloak.${stack.host}`;
  const at = { host, port: await portOf(stack, 443), authority };
  const password = await stack.setting('KEYCLOAK_ADMIN_PASSWORD');
  await keycloakAnswers(at, { password, site: stack.host });
}

/** Caddy's own authority vouches for Keycloak, so the control plane has to be told of it. */
async function signInWithKeycloak(stack) {
  const authority = await stack.compose('exec', '-T', 'caddy', 'cat', AUTHORITY);
  const file = path.join(stack.data, 'authorities.pem');
  await writeFile(file, authority);
  const host = `keycloak.${stack.host}`;
  await stack.change({
    SPT_FLOW_OIDC_ISSUER: `https://${host}/realms/agent-sandbox`,
    SPT_FLOW_OIDC_CLIENT_ID: 'spt-flow',
    ENABLE_SIGNUP: 'providers',
    NODE_EXTRA_CA_CERTS: file,
  });
  await stack.up();
  const port = await portOf(stack, 443);
  const site = createClient({ host: stack.host, port, authority });
  const adminPassword = await stack.setting('KEYCLOAK_ADMIN_PASSWORD');
  const password = randomBytes(16).toString('hex');
  await somebodySignsIn({ at: { host, port, authority }, site }, { adminPassword, password });
}

async function portOf(stack, port) {
  return Number((await stack.compose('port', 'caddy', String(port))).trim().split(':').at(-1));
}

async function setUp(stack, call) {
  const log = await stack.compose('logs', '--no-log-prefix', 'control-plane');
  const token = /^Open \S+\/setup\/(\S+)$/m.exec(log)?.[1];
  await must(call('POST', '/api/v1/setup', { token, name: 'Ada', ...PERSON }), 201);
}

async function signIn(call) {
  await must(call('POST', '/api/v1/auth/login', PERSON), 200);
}

async function createWorkspace(call) {
  await must(call('POST', '/api/v1/projects', { name: 'orchard' }), 201);
  const workspace = await untilRunning(call);
  await run(call, workspace, 'echo seven > apples.txt');
  return workspace;
}

async function untilRunning(call) {
  return until('the workspace runs', async () => {
    const { items } = await must(call('GET', '/api/v1/workspaces'), 200);
    const [{ id, actualState, agent, failure }] = items;
    if (actualState === 'running' && agent.online) return id;
    throw new Failure(`It is ${actualState}: ${failure ?? ''}`);
  });
}

async function expectFile(call, workspace) {
  await until('the file can be read', async () => {
    const { stdout } = await run(call, workspace, 'cat apples.txt');
    if (stdout !== 'seven\n') throw new Failure(`The file has '${stdout}'`);
  });
}

function run(call, workspace, command) {
  return must(call('POST', `/api/v1/workspaces/${workspace}/exec`, { command }), 200);
}

async function removeWorkspace(call, workspace) {
  await must(call('DELETE', `/api/v1/workspaces/${workspace}`), 202);
  await until('it is gone', async () => {
    const left = await engineOutput(
      'ps',
      '--all',
      '--quiet',
      '--filter',
      `label=spt-flow.workspace=${workspace}`,
    );
    const { status } = await call('GET', `/api/v1/workspaces/${workspace}`);
    if (left !== '' || status !== 404) throw new Failure(`The workspace answers ${status}`);
  });
}

async function metricsArrive(stack) {
  const ask = (path) =>
    stack.compose(
      'exec',
      '-T',
      'prometheus',
      'wget',
      '-qO-',
      `http://127.0.0.1:9090/api/v1/${path}`,
    );
  await until('the control plane is read', async () => {
    const { data } = JSON.parse(await ask('targets'));
    const problem = data.activeTargets.find(({ health }) => health !== 'up');
    if (problem || data.activeTargets.length === 0)
      throw new Failure(`Not read: ${problem?.lastError ?? 'nothing to read'}`);
  });
  const { data } = JSON.parse(await ask('rules'));
  if (data.groups.length === 0) throw new Failure('Prometheus has no rules');
}

/** From outside, as the kernel does when memory runs out: what an operator kills stays dead. */
async function killPostgres(stack) {
  const container = (await stack.compose('ps', '--quiet', 'postgres')).trim();
  const state = async () =>
    JSON.parse(await engineOutput('inspect', '--format', '{{json .State}}', container));
  const { Pid: pid, StartedAt: before } = await state();
  process.kill(pid, 'SIGKILL');
  await until('it is healthy again', async () => {
    const { StartedAt: after, Health: health } = await state();
    if (after === before || health.Status !== 'healthy')
      throw new Failure(`It is ${health.Status}`);
  });
}
