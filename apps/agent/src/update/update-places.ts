import { join } from 'node:path';

export const SLOTS = ['a', 'b'] as const;
export type Slot = (typeof SLOTS)[number];

export const PROGRAM_NAME = 'spt-flow-agent';

export type UpdatePlaces = ReturnType<typeof updatePlaces>;

/** What the agent and its launcher know of versions, all below one folder; the launcher reads the marks. */
export function updatePlaces(root: string) {
  return {
    root,
    /** Mark: the slot whose program runs; none: the program that was installed. */
    current: join(root, 'current'),
    /** Mark: the slot that is to prove itself. */
    trial: join(root, 'trial'),
    /** Mark of the launcher: how often the trial was started. */
    boots: join(root, 'boots'),
    /** Mark of the launcher: why it went back. */
    reverted: join(root, 'reverted'),
    /** From and to what the trial leads. */
    armed: join(root, 'armed.json'),
    /** What became of the last one. */
    outcome: join(root, 'outcome.json'),
    /** Metadata of the last time, which nothing older may follow. */
    memory: join(root, 'memory.json'),
    /** What has arrived of a program, by its hash. */
    parts: join(root, 'parts'),
    slots: join(root, 'slots'),
    slot: (slot: Slot) => join(root, 'slots', slot),
    program: (slot: Slot) => join(root, 'slots', slot, PROGRAM_NAME),
    /** Which release is in a slot. */
    release: (slot: Slot) => join(root, 'slots', slot, 'release.json'),
  };
}

export function otherSlot(slot: Slot | undefined): Slot {
  return slot === 'a' ? 'b' : 'a';
}
