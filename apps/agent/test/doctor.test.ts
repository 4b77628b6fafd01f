import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeJoinString } from '@spt-flow/config/join-string';
import { createCertificate } from '@spt-flow/tunnel/testing/certificate';
import {
  startProxy,
  type ConnectProxy,
} from '../../../packages/tunnel/test/support/connect-proxy.ts';
import { doctorCommand } from '../src/doctor/doctor-command.ts';
import type { StepResult } from '../src/doctor/step.ts';
import { createConsole, type ConsoleOptions } from './support/console.ts';
import {
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from './support/control-plane.ts';

const identity = createCertificate();
/** Leads here as well, but is no loopback address, which is always reached without a proxy. */
const elsewhere = createCertificate([0, 0, 0, 0]);
const VERSION = JSON.stringify({ success: true, data: { version: '1.2.3' }, error: null });
function answer(_request: unknown, response: ServerResponse): void {
  response.end(VERSION);
}

let folder: string;
let caFile: string;
let controlPlane: ControlPlane | undefined;
let proxy: ConnectProxy | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spt-flow-doctor-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, identity.cert);
  await writeFile(join(folder, 'elsewhere.pem'), elsewhere.cert);
  await writeFile(join(folder, 'sshd'), '', { mode: 0o755 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  await controlPlane?.stop();
  await proxy?.close();
  controlPlane = proxy = undefined;
});

async function start(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  return (controlPlane = await startControlPlane({ identity, answer, ...options }));
}

async function startElsewhere(): Promise<ControlPlane> {
  const here = await start({ identity: elsewhere });
  return { ...here, url: here.url.replace('127.0.0.1', '0.0.0.0') };
}

async function examine({ args, environment, ...rest }: ConsoleOptions) {
  const { context, printed } = createConsole({
    args: [...args, '--output', 'json'],
    environment: { PATH: folder, ...environment },
    ...rest,
  });
  const exitCode = await doctorCommand(context);
  const { steps }: { steps: StepResult[] } = JSON.parse(printed.join('\n'));
  return { exitCode, steps, failed: steps.filter(({ result }) => result === 'failed') };
}

function trusting(url: string): string[] {
  return ['--url', url, '--ca-file', caFile];
}

describe('the doctor', () => {
  it('finds nothing wrong through a proxy and with an authority of one’s own', async () => {
    const { url, refusals } = await startElsewhere();
    proxy = await startProxy('user:word');
    const login = proxy.url.href;

    const { exitCode, steps } = await examine({
      args: ['--url', url, '--ca-file', join(folder, 'elsewhere.pem')],
      environment: { HTTPS_PROXY: login },
    });

    expect(Object.fromEntries(steps.map(({ step, result }) => [step, result]))).toEqual({
      ...{ settings: 'passed', dns: 'passed', proxy: 'passed', connection: 'skipped' },
      ...{ tls: 'passed', 'control-plane': 'passed', clock: 'passed', websocket: 'passed' },
      ...{ identity: 'passed', tunnel: 'skipped', disk: 'passed', sshd: 'passed' },
    });
    expect(exitCode).toBe(0);
    expect(JSON.stringify(steps)).not.toContain('word');
    expect(new Set(proxy.requests.map(([authority]) => authority))).toEqual(
      new Set([new URL(url).host]),
    );
    expect(refusals).not.toContain('token_reused');
  });

  it('leaves a join code unused', async () => {
    const { url, keyId, token } = await start();
    const channelBinding = 'none';
    const input = encodeJoinString({ url, serverKey: keyId, channelBinding, token });

    const once = await examine({ args: ['--code', '--ca-file', caFile], input });
    const again = await examine({ args: ['--code', '--ca-file', caFile], input });

    expect([once.failed, again.failed]).toEqual([[], []]);
  });

  it('prints a line per step, and the remedy below the one that fails', async () => {
    const { url } = await start();
    const { context, printed } = createConsole({
      args: ['--url', url],
      environment: { PATH: folder },
    });

    expect(await doctorCommand(context)).toBe(1);
    expect(printed.find((line) => line.startsWith('FAIL'))).toMatch(
      /^FAIL {2}tls .*signed by itself.*\n {6}→ .*--ca-file/,
    );
    expect(printed.find((line) => line.includes('websocket'))).toMatch(/^skip/);
  });
});

interface Case {
  readonly step: string;
  readonly remedy: RegExp;
  prepare(): Promise<ConsoleOptions>;
}

const CASES: Case[] = [
  {
    step: 'settings',
    remedy: /Correct it/,
    prepare: async () => ({ args: ['--url', 'http://flow.example.org'] }),
  },
  {
    step: 'dns',
    remedy: /spelling|resolver/,
    prepare: async () => ({ args: trusting(`https://${'a'.repeat(64)}.example`) }),
  },
  {
    step: 'proxy',
    remedy: /HTTPS_PROXY: http:\/\/name:password/,
    async prepare() {
      proxy = await startProxy('user:word');
      const environment = { HTTPS_PROXY: `http://${proxy.url.host}` };
      return { args: trusting((await startElsewhere()).url), environment };
    },
  },
  {
    step: 'connection',
    remedy: /Nothing listens there/,
    async prepare() {
      const { url } = await start();
      await controlPlane?.stop();
      controlPlane = undefined;
      return { args: trusting(url) };
    },
  },
  {
    step: 'tls',
    remedy: /Something else than TLS/,
    async prepare() {
      const plain = (controlPlane = await startControlPlane());
      return { args: trusting(plain.url.replace('http:', 'https:')) };
    },
  },
  {
    step: 'control-plane',
    remedy: /where the dashboard opens/,
    prepare: async () => ({
      args: trusting((await start({ answer: (_, response) => response.end('hello') })).url),
    }),
  },
  {
    step: 'clock',
    remedy: /timedatectl set-ntp true/,
    async prepare() {
      const date = new Date(Date.now() - 3_600_000).toUTCString();
      const late: RequestListener = (_request, response) => {
        response.setHeader('date', date).end(VERSION);
      };
      return { args: trusting((await start({ answer: late })).url) };
    },
  },
  {
    step: 'websocket',
    remedy: /must pass the upgrade to WebSocket on/,
    prepare: async () => ({
      args: trusting((await start({ agentPath: '/somewhere-else' })).url),
    }),
  },
  {
    step: 'identity',
    remedy: /another control plane may answer/,
    async prepare() {
      const { url, token } = await start();
      const serverKey = randomBytes(32).toString('base64url');
      const input = encodeJoinString({ url, serverKey, channelBinding: 'none', token });
      return { args: ['--code', '--ca-file', caFile], input };
    },
  },
  {
    step: 'tunnel',
    remedy: /spt-flow server join <name> --replace/,
    async prepare() {
      const { url, keyId } = await start();
      const settings = {
        SPT_FLOW_AGENT_URL: url,
        SPT_FLOW_AGENT_CA_FILE: caFile,
        SPT_FLOW_AGENT_SERVER_KEY: keyId,
        SPT_FLOW_AGENT_STATE_DIR: folder,
        SPT_FLOW_AGENT_PROJECT_DIR: folder,
      };
      const file = join(folder, 'settings.json');
      await writeFile(file, JSON.stringify(settings));
      return { args: ['--config-file', file] };
    },
  },
];

describe('the failing step is named with its remedy:', () => {
  it.each(CASES)('$step', async ({ step, remedy, prepare }) => {
    const { exitCode, failed } = await examine(await prepare());

    expect(failed).toMatchObject([{ step, remedy: expect.stringMatching(remedy) }]);
    expect(exitCode).toBe(1);
  });
});
