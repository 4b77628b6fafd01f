import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestHead } from '@spt-flow/shared/agent-protocol/requests';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { startBareAgent, type BareAgent } from './support/bare-agent.ts';
import { buildAgent } from './support/build.ts';
import { exec, responseOf } from './support/rig.ts';

let folder: string;
let agent: BareAgent;
let tunnel: Tunnel;

/** The dynamic linker and the parts of the libc that it loads for the program. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ldd', [program]);
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
}

/** No shell, no tools, no configuration. */
beforeAll(async () => {
  folder = await buildAgent({ executable: true });
  const program = join(folder, 'spt-flow-agent');
  const libraries = await librariesOf(program);
  agent = await startBareAgent(
    program,
    libraries.flatMap((path) => ['--ro-bind', path, path]),
  );
  ({ tunnel } = agent);
}, 120_000);
afterAll(async () => {
  await agent.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the executable where there is nothing but a libc', () => {
  it('connects, and runs the programs that are there', async () => {
    expect(await exec(tunnel, { argv: ['/spt-flow-agent', '--version'] })).toMatchObject({
      out: '0.1.0\n',
      trailers: { exitCode: 0 },
    });
  });

  it('keeps a second agent away from its directories', async () => {
    expect(await exec(tunnel, { argv: ['/spt-flow-agent'], env: agent.settings })).toMatchObject({
      err: expect.stringContaining('Another agent already uses'),
    });
  });

  it('reads files', async () => {
    const stream = tunnel.open({ method: 'files.read', path: 'hello.txt', maxBytes: 100 });

    expect(await responseOf(stream)).toMatchObject({ ok: true });
  });

  it.each<[string, RequestHead]>([
    ['commands', { method: 'exec', argv: ['/bin/sh', '-c', 'true'] }],
    ['terminals', { method: 'pty', terminalId: randomUUID(), cols: 80, rows: 24 }],
    ['apps', { method: 'process.start', name: 'app', command: 'node .', env: {} }],
  ])('tells who asks for %s that there is no shell', async (_name, head) => {
    expect(await responseOf(tunnel.open(head))).toMatchObject({
      ok: false,
      message: expect.stringMatching(
        /^(Cannot run '\/bin\/sh': this machine has no such program|This machine has no shell for a terminal)/,
      ),
    });
  });
});
