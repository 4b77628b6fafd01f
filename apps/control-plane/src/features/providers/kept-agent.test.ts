import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keptAgent } from './kept-agent.ts';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spt-keeper-'));
  file = path.join(directory, 'starts');
});
afterEach(() => rm(directory, { recursive: true }));

/** Keeps a script as an agent; each start adds its process id and settings to the file. */
function keep(script: string) {
  const agent = [
    '/bin/sh',
    '-c',
    `printf '%s %s\\n' "$$" "$(cat)" >> "$1"; ${script}`,
    'agent',
    file,
  ];
  const [program = '', ...args] = keptAgent(agent);
  const keeper = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  keeper.stdin.end('{"token":"of $HOME and \'\\\\n"}');
  const complaint = text(keeper.stderr);
  const ended = once(keeper, 'exit').then(([code]: unknown[]) => code);
  return { keeper, ended, complaint };
}

async function starts(): Promise<{ pid: number; settings: string }[]> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  return lines.map((line) => ({
    pid: Number(line.split(' ')[0]),
    settings: line.slice(line.indexOf(' ') + 1),
  }));
}

async function untilStarted(times: number): Promise<number> {
  await vi.waitFor(async () => expect(await starts()).toHaveLength(times), { timeout: 20_000 });
  return (await starts()).at(-1)?.pid ?? 0;
}

describe('an agent that is kept', () => {
  it('is started again with its settings when it is killed, and given up the third time', async () => {
    const { ended, complaint } = keep('exec sleep 1000');

    for (const times of [1, 2, 3]) process.kill(await untilStarted(times), 'SIGKILL');

    expect(await ended).toBe(137);
    const settings = '{"token":"of $HOME and \'\\\\n"}';
    expect((await starts()).map((start) => start.settings)).toEqual([settings, settings, settings]);
    expect(await complaint).toContain('ended with exit code 137 and is started again');
    expect(await complaint).not.toContain('token');
  });

  it.each([0, 1, 3, 64, 77, 78])(
    'ends all when it ends at its start with code %i',
    async (code) => {
      const { ended } = keep(`exit ${code}`);

      expect(await ended).toBe(code);
      expect(await starts()).toHaveLength(1);
    },
  );

  it('is asked to end when its keeper is, and says how it ended', async () => {
    const { keeper, ended } = keep('trap "exit 5" TERM; while :; do sleep 0.01; done');
    await untilStarted(1);

    keeper.kill('SIGTERM');

    expect(await ended).toBe(5);
    expect(await starts()).toHaveLength(1);
  });
});
