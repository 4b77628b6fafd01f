import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createEngine } from '../../src/change-set/create-engine.ts';
import { createNodeRuntime } from '../../src/runtime/node-runtime.ts';
import { openStateDirectory } from '../../src/system/state-directory.ts';

/**
 * Applies one change set, or only recovers, in a process of its own; it kills itself at the wanted step.
 * Usage: driver <state> <project> <agent bundle> <request file or -> <step number or 0>; prints the steps passed.
 */
const [, , stateRoot = '', projectDirectory = '', bundle = '', request = '-', killAt = '0'] =
  process.argv;

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
  emit: (event) =>
    void (event.type === 'log' && event.source === 'agent' && console.log(`log ${event.text}`)),
  nowMs: Date.now,
  step,
});

ledger.killLeftOver();
await engine.recoverFiles();
await engine.finishRecovery();
if (request !== '-') {
  const staged = await engine.begin(Readable.from([readFileSync(request)]));
  const receipt = await staged.run(() => undefined);
  console.log(`receipt ${JSON.stringify(receipt)}`);
}
await supervisor.suspend();
