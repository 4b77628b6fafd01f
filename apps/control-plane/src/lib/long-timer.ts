/** Timers that are longer end at once. */
const LONGEST_SECONDS = 24 * 3_600;

/** setLongTimer waits, but a day at most: for work that may well be done earlier. Keeps no process alive. */
export function setLongTimer(work: () => void, seconds: number): NodeJS.Timeout {
  return setTimeout(work, Math.min(seconds, LONGEST_SECONDS) * 1000).unref();
}
