import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentEvent, AgentEventSchema } from '@spt-flow/shared/agent-protocol/events';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { canMakeMuslRoot, ensureMuslRoot } from '../../../scripts/lib/musl-root.mjs';
import { compileAgent } from '../build/compile.mjs';
import { startBareAgent, type BareAgent } from './support/bare-agent.ts';
import { changeSet, freePort, writeEdit } from './support/project.ts';
import { applyChangeSet, exec, readChannels, responseOf, sendChannel } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

describe.runIf(await canMakeMuslRoot())(
  'the executable for musl, with what Alpine has beside it',
  () => {
    let folder: string;
    let agent: BareAgent;
    let tunnel: Tunnel;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'spt-flow-musl-'));
      const program = join(folder, 'spt-flow-agent');
      await compileAgent({ target: 'linux-x64-musl', outfile: program });
      const root = await ensureMuslRoot();
      const folders = ['lib', 'usr', 'bin'];
      agent = await startBareAgent(
        program,
        folders.flatMap((name) => ['--ro-bind', join(root, name), `/${name}`]),
      );
      ({ tunnel } = agent);
    }, 300_000);
    afterAll(async () => {
      await agent.stop();
      await rm(folder, { recursive: true, force: true });
    });

    it('runs commands, and keeps a second agent away', async () => {
      const argv = ['/bin/sh', '-c', 'echo out; exit 3'];
      expect(await exec(tunnel, { argv })).toMatchObject({
        out: 'out\n',
        trailers: { exitCode: 3 },
      });

      expect(await exec(tunnel, { argv: ['/spt-flow-agent'], env: agent.settings })).toMatchObject({
        err: expect.stringContaining('Another agent already uses'),
      });
    });

    it('opens terminals', async () => {
      const terminal = { terminalId: randomUUID(), cols: 101, rows: 33, command: 'stty size' };
      const stream = tunnel.open({ method: 'pty', ...terminal });

      expect(await readChannels(stream)).toMatchObject({
        out: '33 101\r\n',
        trailers: { exitCode: 0 },
      });
    });

    it('applies change sets, also of many files', async () => {
      const others = Array.from({ length: 64 }, (_, at) => writeEdit(`src/${at}.txt`, 'x', null));
      const edits = [writeEdit('src/hello.js', 'export const a = 1;\n', null), ...others];
      const { receipt } = await applyChangeSet(tunnel, changeSet({ edits }));
      expect(receipt).toMatchObject({ outcome: 'committed' });

      const read = tunnel.open({ method: 'files.read', path: 'src/hello.js', maxBytes: 100 });
      expect(await responseOf(read)).toMatchObject({ ok: true });
      expect(await text(read)).toBe('export const a = 1;\n');
    });

    it('tells of ports, and leads to them', async () => {
      const told: AgentEvent[] = [];
      const events = tunnel.open({ method: 'events' });
      events.on('data', (chunk: Buffer) => told.push(...eventsOf(chunk)));
      const port = await freePort();
      const argv = ['/bin/nc', '-l', '-p', `${port}`, '-e', '/bin/echo', 'hello'];
      const server = tunnel.open({ method: 'exec', argv });
      await responseOf(server);
      await waitUntil(() => told.some((event) => isOpenAt(event, port)));

      const connection = tunnel.open({ method: 'tcp', port });
      connection.end();
      expect(await text(connection)).toBe('hello\n');
      sendChannel(server, 0, '');
      await readChannels(server);
      events.reset('cancelled');
    });
  },
);

/** Of whole lines: the events are few. */
function eventsOf(chunk: Buffer): AgentEvent[] {
  const lines = chunk.toString('utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => AgentEventSchema.parse(JSON.parse(line)));
}

function isOpenAt(event: AgentEvent, port: number): boolean {
  return (
    event.type === 'ports' && event.ports.some((open) => open.port === port && open.name === 'nc')
  );
}
