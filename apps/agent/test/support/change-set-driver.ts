import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEngine } from '../../src/change-set/create-engine.ts';
import { createNodeRuntime } from '../../src/runtime/node-runtime.ts';
import { openStateDirectory } from '../../src/system/state-directory.ts';

/**
 * Applies one change set, or only recovers, in a process of its own; it kills itself at the wanted step.
 * Usage: driver <state> <project> <agent bundle> <request file or -> <step number or 0> [watch]; prints the steps
 * passed. With "watch" it ends once the app has ended and its change set was undone.
 */
const [, , stateRoot = '', projectDirectory = '', bundle = '', request = '-', killAt = '0', watch] =
  process.argv;

const reverted = new AbortController();
let passed = 0;

async function step(name: string): Promise<void> {
  passed += 1;
  if (passed === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  console.log(`step ${name}`);
}

const state = await openStateDirectory(stateRoot);
const runtime = createNodeRuntime(process.execPath, bundle);
const { engine, supervisor, ledger } = createEngine({
  state,
  runtime,
  projectDirectory,
  environment: { PATH: process.env['PATH'] ?? '' },
  emit(event) {
    if (event.type === 'log' && event.source === 'agent') console.log(`log ${event.text}`);
  },
  nowMs: Date.now,
  step,
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
  onReverted: () => reverted.abort(),
});

await ledger.killLeftOver();
await engine.recoverFiles();
await engine.finishRecovery();
if (request !== '-') {
  const staged = await engine.begin(Readable.from([readFileSync(request)]));
  const receipt = await staged.run(() => undefined);
  console.log(`receipt ${JSON.stringify(receipt)}`);
  if (watch) await once(reverted.signal, 'abort');
}
await engine.close();
await supervisor.suspend();
