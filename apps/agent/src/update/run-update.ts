import { mkdir, readFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod/mini';
import { chooseRelease } from '@spt-flow/releases/choose-release';
import { ReleaseError } from '@spt-flow/releases/release-error';
import { verifyReleases, type MetadataMemory } from '@spt-flow/releases/verify-releases';
import { writeDurably } from '../system/durable-file.ts';
import { messageOf } from '../system/errors.ts';
import { fetchProgram } from './fetch-program.ts';
import { readSlot } from './marks.ts';
import { placeProgram } from './place-program.ts';
import { readInstalled, readJson } from './release-record.ts';
import { otherSlot, type Slot, type UpdatePlaces } from './update-places.ts';
import { createUpdateSource, type UpdateSource } from './update-source.ts';

export interface UpdateOrder {
  readonly places: UpdatePlaces;
  /** The root that this machine trusts; undefined: it was told of none. */
  readonly root: Buffer | undefined;
  readonly version: string;
  readonly platform: string;
  /** Of the program that runs. */
  readonly ownVersion: string;
  readonly nowMs: number;
  step?(name: string): Promise<void> | void;
}

export interface UpdateStreams {
  readonly input: Readable;
  readonly output: Writable;
}

const MemorySchema = z.object({
  timestamp: z.optional(z.string()),
  snapshot: z.optional(z.string()),
  root: z.optional(z.object({ pinned: z.string(), version: z.number() })),
  notBeforeMs: z.optional(z.number()),
});

/** runUpdate fetches and verifies a version, and lays it into the slot that does not run; answers the slot. */
export async function runUpdate(
  order: UpdateOrder,
  { input, output }: UpdateStreams,
): Promise<Slot | undefined> {
  const source = createUpdateSource(input, output);
  try {
    const slot = await stage(order, source);
    await source.say({ outcome: slot === undefined ? 'present' : 'staged' });
    return slot;
  } catch (error) {
    const fault = error instanceof ReleaseError ? error.fault : 'internal';
    await source.say({ outcome: 'refused', fault, message: messageOf(error).slice(0, 1_000) });
    return undefined;
  }
}

async function stage(order: UpdateOrder, source: UpdateSource): Promise<Slot | undefined> {
  const { places, root, version, platform, ownVersion, nowMs, step = () => undefined } = order;
  if (!root)
    throw new ReleaseError(
      'no_root',
      'This machine was not told whose releases to trust: install the agent anew with --update-root',
    );
  await mkdir(places.slots, { recursive: true, mode: 0o755 });
  const memory = await readMemory(places);
  const verified = await verifyReleases({ root, source, memory, nowMs });
  await writeMemory(places, verified.memory);
  await step('verified');
  if (version === ownVersion) return undefined;
  const sequence = (await readInstalled(places, ownVersion))?.sequence;
  const installed = { version: ownVersion, sequence };
  const target = chooseRelease(verified.targets, { version, platform, installed });
  const file = await fetchProgram(source, target, places);
  await step('fetched');
  const slot = otherSlot(await readSlot(places.current));
  await placeProgram({ places, slot, file, target, step });
  return slot;
}

/** What cannot be read is nothing: then only what is signed now counts. */
async function readMemory({ memory }: UpdatePlaces): Promise<MetadataMemory> {
  const stored = await readJson(memory, MemorySchema);
  const bytes = (text: string | undefined) =>
    text === undefined ? undefined : Buffer.from(text, 'base64');
  return {
    timestamp: bytes(stored?.timestamp),
    snapshot: bytes(stored?.snapshot),
    root: stored?.root,
    notBeforeMs: stored?.notBeforeMs,
  };
}

async function writeMemory(
  places: UpdatePlaces,
  { timestamp, snapshot, ...rest }: MetadataMemory,
): Promise<void> {
  const stored: z.infer<typeof MemorySchema> = {
    timestamp: timestamp?.toString('base64'),
    snapshot: snapshot?.toString('base64'),
    ...rest,
  };
  await writeDurably(places.memory, JSON.stringify(stored));
}

/** The file of the settings, else what was built in. */
export async function readRoot(
  file: string | undefined,
  builtIn: string | undefined,
): Promise<Buffer | undefined> {
  if (file !== undefined && file !== '') return readFile(file);
  return builtIn === undefined ? undefined : Buffer.from(builtIn);
}
