import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ReleaseError } from '@spt-flow/releases/release-error';
import type { ReleaseTarget } from '@spt-flow/releases/release-target';
import { syncDirectory, writeDurably } from '../system/durable-file.ts';
import { messageOf } from '../system/errors.ts';
import { platform } from '../system/platform/platform.ts';
import { runProgram } from '../system/run-program.ts';
import type { ReleaseRecord } from './release-record.ts';
import { PROGRAM_NAME, type Slot, type UpdatePlaces } from './update-places.ts';

export interface Placement {
  readonly places: UpdatePlaces;
  /** Not the one that runs. */
  readonly slot: Slot;
  /** Verified. */
  readonly file: string;
  readonly target: ReleaseTarget;
  /** Said between steps, so that tests can end the process there. */
  step(name: string): Promise<void> | void;
}

/**
 * placeProgram makes a slot of a verified file: whole and on the disk, or as it was. The program has to say on this
 * machine that it is the version that was asked for.
 */
export async function placeProgram(placement: Placement): Promise<void> {
  const { places, slot, file, target, step } = placement;
  const fresh = `${places.slot(slot)}.new`;
  const program = join(fresh, PROGRAM_NAME);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o755 });
  await rename(file, program);
  await step('moved');
  await chmod(program, 0o755);
  // What was added to Bun has to be signed anew there; the signature says nothing but that the file is whole.
  if (platform.name === 'darwin') await runProgram('codesign', ['--force', '--sign', '-', program]);
  await syncFile(program);
  const { version, sequence } = target;
  const record: ReleaseRecord = { version, sequence };
  await writeDurably(join(fresh, 'release.json'), JSON.stringify(record));
  await step('synced');
  await assertRuns(program, version);
  await rm(places.slot(slot), { recursive: true, force: true });
  await step('cleared');
  await rename(fresh, places.slot(slot));
  await syncDirectory(places.slots);
  await step('placed');
}

async function assertRuns(program: string, version: string): Promise<void> {
  const said = await runProgram(program, ['--version']).catch((cause: unknown) => {
    const message = `The new version does not run on this machine: ${messageOf(cause)}`;
    throw new ReleaseError('unusable', message.slice(0, 1_000), { cause });
  });
  if (said.trim() === version) return;
  throw new ReleaseError(
    'unusable',
    `The program of ${version} says that it is ${said.trim().slice(0, 50)}`,
  );
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
