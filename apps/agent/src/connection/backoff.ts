const FIRST_DELAY_MS = 250;
/** Bounds how long after the control plane's return its last agent comes back. */
const MAX_DELAY_MS = 10_000;

/** Exponential backoff with full jitter: after a restart of the control plane not all agents come at once. */
export function backoffDelayMs(failures: number, random: () => number): number {
  const ceilingMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures, 20));
  return Math.round(random() * ceilingMs);
}
