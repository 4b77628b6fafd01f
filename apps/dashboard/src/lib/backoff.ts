const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
const SHORTEST_DELAY_MS = 150;

/** backoffDelayMs is exponential with full jitter, so that many pages do not come back in the same moment. */
export function backoffDelayMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return SHORTEST_DELAY_MS + Math.floor(random() * (ceiling - SHORTEST_DELAY_MS));
}
