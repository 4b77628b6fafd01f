import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import { createEngine } from '../apps/agent/src/change-set/create-engine.ts';
import { passThrough } from '../apps/agent/src/change-set/step-point.ts';
import { openStateDirectory } from '../apps/agent/src/system/state-directory.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric } from './harness/metric.ts';
import { withOwnFileSystem } from './harness/own-file-system.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';

const PAIRS = 12;
const FILES = 1_000;
const FOLDERS = 50;
const FILE_BYTES = 8 * 1024;
const AGENT = path.resolve('apps/agent/dist/agent.cjs');

/** One change set that replaces many files, against a loop that writes and syncs each of them. */
await runBench('changeset', () =>
  withOwnFileSystem(async (root) => {
    const product = await createProduct(path.join(root, 'product'));
    const peer = await createLoop(path.join(root, 'peer'));
    progress('Warming up');
    await product();
    await peer();
    progress('Measuring');
    const pairs = await measurePairs(
      { product, peer },
      { pairs: PAIRS, disturbance: createDisturbance() },
    );
    return [
      toMetric(pairs, {
        metric: `${FILES}-files-replaced`,
        unit: 'ms',
        peer: 'write and fsync each',
        goal: { of: 'ratio', atMost: 1.5 },
      }),
    ];
  }),
);

function nameOf(index: number): string {
  return `folder-${index % FOLDERS}/file-${index}.txt`;
}

function newContents(): Buffer[] {
  return Array.from({ length: FILES }, () =>
    Buffer.from(randomBytes(FILE_BYTES / 2).toString('hex')),
  );
}

async function makeFolders(directory: string): Promise<void> {
  for (let index = 0; index < FOLDERS; index += 1)
    await mkdir(path.join(directory, `folder-${index}`), { recursive: true });
}

/** The agent's engine as it is in the product: checks in a process of its own, undo data, journal, every file synced. */
async function createProduct(root: string): Promise<() => Promise<number>> {
  const projectDirectory = path.join(root, 'project');
  await makeFolders(projectDirectory);
  const { engine } = createEngine({
    state: await openStateDirectory(path.join(root, 'state')),
    runtime: { selfCommand: (mode) => [process.execPath, AGENT, mode] },
    environment: { PATH: process.env['PATH'] ?? '' },
    clock: {
      nowMs: () => performance.now(),
      sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    },
    ...{ projectDirectory, emit: () => undefined, nowMs: Date.now, step: passThrough },
    onRecovered: () => undefined,
  });
  await engine.recoverFiles();
  await engine.finishRecovery();
  return async () => {
    const body = Readable.from([Buffer.from(JSON.stringify(requestOf(newContents())))]);
    const startedMs = performance.now();
    const receipt = await (await engine.begin(body)).run(() => undefined);
    const tookMs = performance.now() - startedMs;
    if (receipt.outcome !== 'committed') throw new Error(receipt.reason ?? receipt.outcome);
    return tookMs;
  };
}

function requestOf(contents: readonly Buffer[]): ChangeSetRequest {
  return {
    id: crypto.randomUUID(),
    ...{ build: null, process: null, probe: null },
    edits: contents.map((content, index) => ({
      action: 'write',
      path: nameOf(index),
      content: content.toString('base64'),
    })),
  };
}

/** What a program does that wants its files on the disk, and neither checks nor undo. */
async function createLoop(directory: string): Promise<() => Promise<number>> {
  await makeFolders(directory);
  return async () => {
    const contents = newContents();
    const startedMs = performance.now();
    for (const [index, content] of contents.entries()) {
      const file = await open(path.join(directory, nameOf(index)), 'w');
      await file.writeFile(content);
      await file.sync();
      await file.close();
    }
    return performance.now() - startedMs;
  };
}
