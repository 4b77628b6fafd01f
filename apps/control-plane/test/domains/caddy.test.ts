import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get as getPlain, type IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCommand } from '../../../../scripts/lib/chromium.mjs';
import { createCertificateGate } from '../../src/features/domains/certificate-gate.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openPreviewStage, type PreviewStage } from '../previews/support/preview-stage.ts';
import { freePort } from '../support/ports.ts';

const CADDYFILE = new URL('../../../../docker/Caddyfile', import.meta.url);
const AUTHORITY = 'pki/authorities/local/root.crt';
const DOMAIN = 'shop.example.org';
const GATE = '/.spt-flow/certificate?domain=shop.example.org';

let stage: PreviewStage;
let folder: string;
let caddy: ChildProcess;
let port: number;
const asked: string[] = [];

/** The file that Compose mounts, on other ports and with a folder of its own. */
async function startCaddy(): Promise<ChildProcess> {
  const ours = (await readFile(CADDYFILE, 'utf8'))
    .replaceAll('control-plane:8080', `127.0.0.1:${stage.port}`)
    .replace(
      /^\{$/m,
      `{\n\thttp_port ${await freePort()}\n\thttps_port ${port}\n\tadmin off\n\tskip_install_trust\n\tstorage file_system ${folder}`,
    );
  const file = path.join(folder, 'Caddyfile');
  await writeFile(file, ours);
  const started = spawn('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], {
    env: {
      ...{ PATH: process.env['PATH'], HOME: folder },
      ...{ SPT_FLOW_HOST: 'flow.example.org', SPT_FLOW_PREVIEW_DOMAIN: 'preview.localhost' },
      ...{ GITLAB_HOST: 'gitlab.localhost', GITLAB_REGISTRY_PORT: String(await freePort()) },
      ...{ KEYCLOAK_HOST: 'keycloak.localhost', HOST_TLS: 'internal', PREVIEW_TLS: 'internal' },
      DOMAIN_TLS: 'internal',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const serves = new Promise<void>((resolve, reject) => {
    started.stderr.on('data', (part) => {
      said += String(part);
      if (said.includes('serving initial configuration')) resolve();
    });
    started.once('exit', () => reject(new Error(`Caddy did not start: ${said}`)));
  });
  await serves;
  return started;
}

/** As a browser does that trusts Caddy's own authority. */
async function visit(host: string, target = '/'): Promise<{ status: number; body: string }> {
  const question = get({
    ...{ host: '127.0.0.1', port, servername: host, path: target, agent: false },
    headers: { host },
    ca: await readFile(path.join(folder, AUTHORITY)),
  });
  return answerOf(question);
}

async function answerOf(question: ReturnType<typeof get>) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    question.on('error', reject).once('response', resolve),
  );
  return { status: answer.statusCode ?? 0, body: await text(answer) };
}

// CI installs it, and fails where it can't.
describe.skipIf(!findCommand('caddy'))('Caddy, with the file of Compose', () => {
  beforeAll(async () => {
    stage = await openPreviewStage({
      intercept: (domains) =>
        createCertificateGate({
          served: {
            async slugOf(name) {
              asked.push(name);
              return domains.has(name) ? 'cafe' : undefined;
            },
          },
          trustedProxies: [],
          clock: systemClock,
          onError: (error) => void stage.errors.push(error),
        }),
    });
    await stage.startApp(({ headers }, response) =>
      response.end(`${headers.host} by ${String(headers['x-forwarded-proto'])}`),
    );
    stage.domains.add(DOMAIN);
    folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-caddy-'));
    port = await freePort();
    caddy = await startCaddy();
  });
  afterAll(async () => {
    caddy.kill();
    if (caddy.exitCode === null) await once(caddy, 'exit');
    stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('has a certificate for a proven domain when somebody comes, and the app answers there', async () => {
    expect(await visit(DOMAIN)).toEqual({ status: 200, body: `${DOMAIN} by https` });
    expect(asked).toContain(DOMAIN);
  });

  it.each(['evil.example.org', `www.${DOMAIN}`, 'gitlab.example.org'])(
    'gets none for %s',
    async (host) => {
      await expect(visit(host)).rejects.toThrow();
      expect(asked).toContain(host);
    },
  );

  it('lets nobody ask the gate through it, whatever they say of themselves', async () => {
    const before = asked.length;

    expect((await visit(DOMAIN, GATE)).body).toContain(DOMAIN);
    expect((await visit('flow.example.org', GATE)).body).toBe('control plane');
    expect(asked).toHaveLength(before);
  });

  it('asks in vain after a flood of names, but not for those that are proven', async () => {
    const ask = (query: string) =>
      answerOf(
        getPlain({ port: stage.port, path: `/.spt-flow/certificate${query}`, agent: false }),
      );

    expect((await ask('')).status).toBe(400);
    expect((await ask('?domain=a.example&domain=shop.example.org')).status).toBe(400);
    const flood = await Promise.all(Array.from({ length: 610 }, () => ask('?domain=x.example')));
    expect(flood.map(({ status }) => status)).toContain(429);
    expect((await ask(`?domain=${DOMAIN}`)).status).toBe(200);
  });
});
