import type { ProcessorTime } from '../system/proc.ts';
import type { Answer } from './probe.ts';

const INTERVAL_MS = 500;
/** As many as it takes; more would only burden an app that is slow already. */
const MAX_UNANSWERED = 3;
const FAILURES_NEEDED = 3;
/** An interval that took this much longer than it was to: the agent itself was held up, and knows nothing. */
const HELD_UP_MS = 1_000;
/** After the window only what is in doubt is followed, and not for ever. */
const MAX_DOUBT_MS = 60_000;

export interface HealthWatch {
  /** Rejects when the signal ends it early. */
  sleep(ms: number, signal: AbortSignal): Promise<unknown>;
  readonly nowMs: () => number;
  /** Sends one request, which fails when it is not answered within the time. */
  ask(timeoutMs: number): Promise<Answer>;
  /** What each thread of the app has had of the processors so far. */
  processorTimes(): ReadonlyMap<number, ProcessorTime>;
  /** For so long the app may give no good answer. */
  readonly patienceMs: number;
  readonly windowMs: number;
  readonly signal: AbortSignal;
}

/** How an app stopped working. */
export interface Silence {
  readonly answer: Answer;
  /** When its last good answer came, since the beginning of the watch. */
  readonly afterMs: number;
}

interface Doubt {
  readonly sinceMs: number;
  readonly times: ReadonlyMap<number, ProcessorTime>;
}

/**
 * Follows an app that worked. Resolves with how it stopped once several answers in a row were bad and none was good
 * for as long as the patience lasts; with undefined when the window is over and the app answers.
 * INVARIANT: an app that is only slow, or waits for a processor, is not blamed: any good answer, however late within
 * the patience, starts the count anew.
 */
export async function watchHealth(watch: HealthWatch): Promise<Silence | undefined> {
  const { nowMs, patienceMs, signal } = watch;
  const startedMs = nowMs();
  let lastGoodMs = startedMs;
  let failures = 0;
  let unanswered = 0;
  let doubt: Doubt | undefined;
  let verdict: Silence | undefined;
  /** Requests of an earlier round are void: the agent could not hear their answers. */
  let round = 0;

  async function request(): Promise<void> {
    const own = round;
    const sentMs = nowMs();
    unanswered += 1;
    const answer = await watch.ask(patienceMs);
    if (own !== round) return;
    unanswered -= 1;
    if (answer.error === null) return trustAgain();
    if (sentMs < lastGoodMs) return;
    failures += 1;
    doubt ??= { sinceMs: nowMs(), times: watch.processorTimes() };
    if (failures < FAILURES_NEEDED || nowMs() - lastGoodMs < patienceMs) return;
    if (isStarved(doubt)) failures = 0;
    else verdict = { answer, afterMs: lastGoodMs - startedMs };
  }

  function trustAgain(): void {
    lastGoodMs = nowMs();
    failures = 0;
    doubt = undefined;
  }

  /** It got little of the processors, and waited for them most of the time. One that runs in circles gets a lot. */
  function isStarved({ sinceMs, times }: Doubt): boolean {
    const halfMs = (nowMs() - sinceMs) / 2;
    const since = [...watch.processorTimes()].map(([thread, { ranMs, waitedMs }]) => {
      const before = times.get(thread) ?? { ranMs: 0, waitedMs: 0 };
      return { ranMs: ranMs - before.ranMs, waitedMs: waitedMs - before.waitedMs };
    });
    const ranMs = since.reduce((sum, time) => sum + time.ranMs, 0);
    return ranMs < patienceMs / 2 && since.some(({ waitedMs }) => waitedMs > halfMs);
  }

  while (!verdict && !signal.aborted) {
    const beforeMs = nowMs();
    const ageMs = beforeMs - startedMs;
    const isInDoubt = failures > 0 || beforeMs - lastGoodMs > 2 * INTERVAL_MS;
    if (ageMs >= watch.windowMs && (!isInDoubt || ageMs >= watch.windowMs + MAX_DOUBT_MS)) break;
    if (unanswered < MAX_UNANSWERED) void request();
    await watch.sleep(INTERVAL_MS, signal).catch(() => undefined);
    if (nowMs() - beforeMs > INTERVAL_MS + HELD_UP_MS) {
      round += 1;
      unanswered = 0;
      trustAgain();
    }
  }
  return verdict;
}
