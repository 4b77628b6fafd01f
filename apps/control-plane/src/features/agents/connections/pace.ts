export interface Pace {
  /** What may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

/** In lines. More than a healthy workspace logs for long; what is over waits with its agent, which drops what it cannot keep. */
export const LINE_PACE: Pace = { burst: 20_000, perSecond: 5_000 };
/** In milliseconds that reading takes: documents that cost much to read cost little to send. */
export const READING_PACE: Pace = { burst: 500, perSecond: 200 };

/** createPace returns for how long nothing more is taken of an agent that has sent so much. */
export function createPace(
  { burst, perSecond }: Pace,
  nowMs: () => number,
): (amount: number) => number {
  let credit = burst;
  let updatedMs = nowMs();

  return (amount) => {
    const now = nowMs();
    credit = Math.min(burst, credit + ((now - updatedMs) / 1000) * perSecond) - amount;
    updatedMs = now;
    return credit >= 0 ? 0 : (-credit / perSecond) * 1000;
  };
}
