export declare const SLOTS: readonly ['a', 'b'];
export type Slot = (typeof SLOTS)[number];
export declare const PROGRAM_NAME = 'spt-flow-agent';
export type UpdatePlaces = ReturnType<typeof updatePlaces>;
/** What the agent and its launcher know of versions, all below one folder; the launcher reads the marks. */
export declare function updatePlaces(root: string): {
  root: string;
  /** Mark: the slot whose program runs; none: the program that was installed. */
  current: string;
  /** Mark: the slot that is to prove itself. */
  trial: string;
  /** Mark of the launcher: how often the trial was started. */
  boots: string;
  /** Mark of the launcher: why it went back. */
  reverted: string;
  /** From and to what the trial leads. */
  armed: string;
  /** What became of the last one. */
  outcome: string;
  /** Metadata of the last time, which nothing older may follow. */
  memory: string;
  /** What has arrived of a program, by its hash. */
  parts: string;
  slots: string;
  slot: (slot: Slot) => string;
  program: (slot: Slot) => string;
  /** Which release is in a slot. */
  release: (slot: Slot) => string;
};
export declare function otherSlot(slot: Slot | undefined): Slot;
