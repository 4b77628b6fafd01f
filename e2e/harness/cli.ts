import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

const PROGRAM = path.resolve('apps/cli/bin/spt-flow.js');

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** createCli runs the built `spt-flow` with a home folder of its own. */
export async function createCli(origin: string, node = process.execPath) {
  const home = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-home-'));
  const env = { PATH: process.env['PATH'], HOME: home, SPT_FLOW_SERVER: origin };
  return {
    home,
    run: async (args: readonly string[], input: string | Buffer = ''): Promise<CliResult> => {
      const child = spawn(node, [PROGRAM, ...args], { env });
      child.stdin.end(input);
      const [stdout, stderr, [exitCode]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close') as Promise<[number | null]>,
      ]);
      return { exitCode, stdout, stderr };
    },
    /** Runs until it is ended, and resolves with its first line. */
    start: async (args: readonly string[]) => {
      const child = spawn(node, [PROGRAM, ...args], { env });
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
      return {
        line,
        end: async () => {
          child.kill('SIGINT');
          await once(child, 'close');
        },
      };
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}
