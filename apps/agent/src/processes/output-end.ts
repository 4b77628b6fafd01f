import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupExit, ProcessGroup } from '../runtime/spawn-group.ts';

const SILENCE_MS = 500;

/**
 * Resolves when a command has ended and its output has been read. A process that left the group may hold the output
 * open for ever; so after the end, silence ends it too. Output that waits for a slow reader is no silence.
 */
export async function outputEnd(group: ProcessGroup): Promise<GroupExit> {
  const exit = await group.exited;
  await Promise.race([group.closed, silenceOf([group.stdout, group.stderr])]);
  return exit;
}

async function silenceOf(outputs: readonly Readable[]): Promise<void> {
  let hasSpoken = true;
  const note = () => (hasSpoken = true);
  for (const output of outputs) output.on('data', note);
  while (hasSpoken || outputs.some((output) => output.isPaused())) {
    hasSpoken = false;
    await sleep(SILENCE_MS, undefined, { ref: false });
  }
  for (const output of outputs) output.off('data', note);
}
