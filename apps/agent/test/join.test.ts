import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeJoinString } from '@spt-flow/config/join-string';
import {
  SERVER_JOIN_RESULT_PATH,
  SERVER_JOINS_PATH,
} from '@spt-flow/shared/agent-protocol/server-join';
import { createCertificate } from '@spt-flow/tunnel/testing/certificate';
import { joinCommand } from '../src/install/commands.ts';
import { createConsole, type ConsoleOptions } from './support/console.ts';
import { startControlPlane, type ControlPlane } from './support/control-plane.ts';

const identity = createCertificate();

let home: string;
let controlPlane: ControlPlane;
/** Answers to the questions of a waiting machine, in their order. */
let decisions: (object | 'approved')[];
let asked: Record<string, unknown>[];

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const data = await dataOf(request);
  const error = decisions[0];
  const isRefused = data === undefined && typeof error === 'object';
  const text = JSON.stringify(isRefused ? { success: false, error } : { success: true, data });
  // In two pieces, so without a length.
  response.write(text.slice(0, 10));
  response.end(text.slice(10));
  if (request.url === SERVER_JOIN_RESULT_PATH) decisions.shift();
}

async function dataOf(request: IncomingMessage): Promise<object | undefined> {
  if (request.url === SERVER_JOIN_RESULT_PATH) {
    return decisions[0] === 'approved' ? { name: 'build-1' } : undefined;
  }
  if (request.url !== SERVER_JOINS_PATH) return { version: '1.2.3' };
  const machine = (await json(request)) as Record<string, unknown>;
  asked.push(machine);
  controlPlane.admit(String(machine['tokenHash']));
  return {
    deviceCode: 'a-device-code-that-is-long',
    userCode: 'BDWP-HQPK',
    verificationUrl: `${controlPlane.url}/servers/join?code=BDWP-HQPK`,
    ...{ expiresInSeconds: 600, intervalSeconds: 1 },
    ...{ serverKey: controlPlane.keyId, channelBinding: 'none' },
  };
}

beforeEach(async () => {
  decisions = [];
  asked = [];
  home = await mkdtemp(join(tmpdir(), 'spt-flow-join-'));
  await writeFile(join(home, 'ca.pem'), identity.cert);
  controlPlane = await startControlPlane({
    identity,
    answer: (request, response) => void respond(request, response),
  });
});
afterEach(async () => {
  await controlPlane.stop();
  await rm(home, { recursive: true, force: true });
});

async function runJoin({ args, ...rest }: Partial<ConsoleOptions> & { args: string[] }) {
  const console = createConsole({
    args: [...args, '--no-service', '--ca-file', join(home, 'ca.pem')],
    environment: { HOME: home },
    ...rest,
  });
  return { ...console, joined: joinCommand(console.context) };
}

function stateDirectory(): string {
  return join(home, '.local/state/spt-flow-agent');
}

function code(): string {
  const { url, keyId: serverKey, token } = controlPlane;
  return encodeJoinString({ url, serverKey, channelBinding: 'none', token });
}

describe('joining by a code', () => {
  it('leaves an identity and settings for nobody else, and prints what runs the agent', async () => {
    const { joined, printed } = await runJoin({ args: [], input: code() });

    expect(await joined).toBe(0);
    expect(await controlPlane.nextAgent()).toMatchObject({ mode: 'enrol' });
    const settings = join(stateDirectory(), 'settings.json');
    const launch = `sh ${stateDirectory()}/launch ${stateDirectory()}/updates`;
    expect(printed).toEqual([
      `${launch} /usr/local/bin/spt-flow-agent run --config-file ${settings}`,
    ]);
    expect((await stat(settings)).mode & 0o777).toBe(0o600);
    expect(await readFile(settings, 'utf8')).not.toContain(controlPlane.token);
    expect(await readdir(stateDirectory())).toContain('identity.json');
  });

  it('fails with a code that was used, and leaves nothing', async () => {
    await (
      await runJoin({ args: [], input: code() })
    ).joined;
    await rm(stateDirectory(), { recursive: true });

    const { joined } = await runJoin({ args: [], input: code() });

    await expect(joined).rejects.toThrow('The join code is not valid: it was used before');
    expect(await readdir(join(home, '.local/state'))).toEqual([]);
  });

  it('does not touch an agent that is there', async () => {
    await (
      await runJoin({ args: [], input: code() })
    ).joined;

    const { joined } = await runJoin({ args: [], input: code() });

    await expect(joined).rejects.toThrow('belongs to an agent already');
  });
});

describe('joining by asking', () => {
  const ask = () => runJoin({ args: ['--url', controlPlane.url] });

  it('waits for the approval and joins with a token that never left the machine', async () => {
    decisions = [{ code: 'join_pending', message: 'Not yet' }, 'approved'];
    const { joined, told } = await ask();

    expect(await joined).toBe(0);
    expect(await controlPlane.nextAgent()).toMatchObject({ mode: 'enrol' });
    const invitation = told.join('\n');
    for (const text of ['BDWP-HQPK', String(asked[0]?.['keyId']), controlPlane.keyId]) {
      expect(invitation).toContain(text);
    }
  });

  it('ends when it is denied, and leaves nothing', async () => {
    decisions = [{ code: 'join_denied', message: 'The machine was not let in' }];
    const { joined } = await ask();

    await expect(joined).rejects.toThrow('The machine was not let in');
    expect(await readdir(join(home, '.local/state'))).toEqual([]);
  });

  it('asks nobody whose key is another than the one that was given', async () => {
    const args = ['--url', controlPlane.url, '--server-key', 'A'.repeat(43)];
    const { joined, told } = await runJoin({ args });

    await expect(joined).rejects.toThrow('Nothing was changed on this machine');
    expect(told.join('\n')).toMatch(/FAIL {2}identity/);
    expect(asked).toEqual([]);
  });
});
