/** More than a healthy workspace logs for long; what is over waits with its agent, which drops what it cannot keep. */
const LINES_PER_SECOND = 5_000;
const BURST_LINES = 20_000;

/** createLinePace returns for how long nothing more is taken of an agent that has told so many lines. */
export function createLinePace(nowMs: () => number): (lines: number) => number {
  let credit = BURST_LINES;
  let updatedMs = nowMs();

  return (lines) => {
    const now = nowMs();
    credit = Math.min(BURST_LINES, credit + ((now - updatedMs) / 1000) * LINES_PER_SECOND) - lines;
    updatedMs = now;
    return credit >= 0 ? 0 : (-credit / LINES_PER_SECOND) * 1000;
  };
}
