import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEngine } from '../../src/change-set/create-engine.ts';
import { endLeftOver } from '../../src/processes/left-over.ts';
import { createRuntime } from '#runtime';
import { openStateDirectory } from '../../src/system/state-directory.ts';

const SIGNALS = { kill: 'SIGKILL', stop: 'SIGSTOP' } as const;

/** What a driver is to do, as one JSON document in its first argument. */
export interface DriverTask {
  readonly state: string;
  readonly project: string;
  /** The agent as it ships, for its children. */
  readonly bundle: string;
  /** A file with the request; absent: it only recovers. */
  readonly request?: string;
  /** Number of the step at which it ends itself, or stands still. */
  readonly at?: number;
  readonly then?: keyof typeof SIGNALS;
  /** It stays until the change set, once committed, was undone. */
  readonly waitsForRevert?: boolean;
  /** Its watchdog does its work; otherwise only the next start recovers. */
  readonly hasWatchdog?: boolean;
}

const task: DriverTask = JSON.parse(process.argv[2] ?? '');
const news = { onRecovered: (): void => undefined };
let passed = 0;

/** Prints each step that was passed. */
async function step(name: string): Promise<void> {
  passed += 1;
  if (passed === task.at) process.kill(process.pid, SIGNALS[task.then ?? 'kill']);
  console.log(`step ${name}`);
}

const state = await openStateDirectory(task.state);
const { selfCommand } = createRuntime(task.bundle);
const { engine, supervisor, ledger } = createEngine({
  state,
  runtime: {
    selfCommand: (mode) => (mode === 'recover' && !task.hasWatchdog ? ['true'] : selfCommand(mode)),
  },
  projectDirectory: task.project,
  environment: { PATH: process.env['PATH'] ?? '' },
  emit(event) {
    if (event.type === 'log' && event.source === 'agent') console.log(`log ${event.text}`);
  },
  nowMs: Date.now,
  step,
  clock: {
    nowMs: () => performance.now(),
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
  },
  onRecovered: () => news.onRecovered(),
});

await endLeftOver(ledger, task.project);
await engine.recoverFiles();
await engine.finishRecovery();
if (task.request !== undefined) {
  const staged = await engine.begin(Readable.from([readFileSync(task.request)]));
  const recovered = new Promise<void>((resolve) => (news.onRecovered = resolve));
  const receipt = await staged.run(() => undefined);
  console.log(`receipt ${JSON.stringify(receipt)}`);
  if (task.waitsForRevert) await recovered;
}
await engine.close();
await supervisor.suspend();
