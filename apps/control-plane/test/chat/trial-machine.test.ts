import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  createTrialMachine,
  type RunOutcome,
  type TrialDeps,
} from '../../src/features/chat/trial-machine.ts';

let root: string;
let project: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'trial-'));
  project = path.join(root, 'project');
  await mkdir(path.join(project, 'data'), { recursive: true });
  await mkdir(path.join(root, 'tmp'));
  await writeFile(path.join(project, 'a.txt'), 'old\n');
  await writeFile(path.join(project, 'b.txt'), 'b\n');
  await writeFile(path.join(project, '.env'), 'KEY=secret\n');
  await writeFile(path.join(project, 'data/people.txt'), 'Ann\n');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Runs programs here as the agent runs them on the machine. */
async function run({ argv, input }: Parameters<TrialDeps['run']>[0]): Promise<RunOutcome> {
  const [command = '', ...rest] = argv;
  const child = spawn(command, rest, {
    cwd: project,
    env: { PATH: process.env['PATH'], TMPDIR: path.join(root, 'tmp') },
  });
  const output: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  child.stdout.on('data', (chunk: Buffer) => output.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.stderr.push(chunk));
  child.stdin.end(input);
  await once(child, 'close');
  return {
    exitCode: child.exitCode,
    timedOut: false,
    stdout: Buffer.concat(output.stdout),
    stderr: Buffer.concat(output.stderr),
  };
}

function machine() {
  return createTrialMachine({ run, logs: async () => [] });
}

it('runs a command in a copy that has the edits, and brings back what is to be kept', async () => {
  const outcome = await machine().tryOut({
    command: 'cat a.txt; ls b.txt; echo made > a.txt; echo new > made.txt; exit 3',
    edits: [
      { action: 'write', path: 'a.txt', text: 'edited\n' },
      { action: 'delete', path: 'b.txt' },
    ],
    keep: ['a.txt', 'made.txt', 'missing.txt'],
  });

  expect(outcome).toMatchObject({ exitCode: 3, timedOut: false });
  expect(outcome.output).toMatch(/^edited\n/);
  expect(outcome.output).toContain('b.txt');
  expect(outcome.files).toEqual(
    new Map([
      ['a.txt', 'made\n'],
      ['made.txt', 'new\n'],
    ]),
  );
  expect(await readFile(path.join(project, 'a.txt'), 'utf8')).toBe('old\n');
  expect((await readdir(project)).sort()).toEqual(['.env', 'a.txt', 'b.txt', 'data']);
  expect(await readdir(path.join(root, 'tmp'))).toEqual([]);
});

it('has neither secrets nor what people entered', async () => {
  const { output } = await machine().tryOut({ command: 'ls -A', edits: [], keep: [] });

  expect(output.split('\n').sort()).toEqual(['a.txt', 'b.txt']);
});

it('gives the command no input to wait for', async () => {
  const { exitCode, output } = await machine().tryOut({
    command: 'cat; echo end',
    edits: [],
    keep: [],
  });

  expect({ exitCode, output }).toEqual({ exitCode: 0, output: 'end' });
});
