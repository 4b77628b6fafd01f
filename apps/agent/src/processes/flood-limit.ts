const LINES_PER_SECOND = 1_000;
const BURST_LINES = 5_000;

/** FloodLimit lets a burst of lines pass, then a steady rate; what is over is only counted. */
export function createFloodLimit(nowMs: () => number) {
  let tokens = BURST_LINES;
  let dropped = 0;
  let updatedMs = nowMs();

  function allows(): boolean {
    const now = nowMs();
    tokens = Math.min(BURST_LINES, tokens + ((now - updatedMs) / 1000) * LINES_PER_SECOND);
    updatedMs = now;
    if (tokens < 1) {
      dropped += 1;
      return false;
    }
    tokens -= 1;
    return true;
  }

  function takeDropped(): number {
    const count = dropped;
    dropped = 0;
    return count;
  }

  return { allows, takeDropped };
}
