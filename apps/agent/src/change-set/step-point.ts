/**
 * A named place between two effects of a change set. The product passes `passThrough`; tests end the
 * process at each place in turn.
 */
export type StepPoint = (name: string) => Promise<void>;

export async function passThrough(): Promise<void> {
  // Nothing happens between two effects.
}
