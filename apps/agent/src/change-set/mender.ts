import type { AgentLog } from '../system/agent-log.ts';
import { AgentError, messageOf } from '../system/errors.ts';
import type { Clock } from './engine-deps.ts';

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;

export interface MenderDeps {
  /** Brings an interrupted change set to its end; nothing to do when there is none. */
  recover(): Promise<void>;
  readonly clock: Clock;
  readonly log: AgentLog;
}

/** Mender recovers again and again, until what stands in the way is gone: a full disk gets room some day. */
export interface Mender {
  /** Recovers until it succeeded; resolves then, or when the mender is closed. */
  mend(): Promise<void>;
  /** Tries once, now; rejects with what stands in the way, be it another attempt. */
  tryNow(): Promise<void>;
  readonly isMending: boolean;
  /** Ends the mending once the attempt under way is over; another time begins anew. */
  close(): Promise<void>;
}

export function createMender({ recover, clock, log }: MenderDeps): Mender {
  let closing = new AbortController();
  let isMending = false;
  let attempt: Promise<void> | undefined;

  async function tryNow(): Promise<void> {
    if (attempt) throw new AgentError('busy', 'An interrupted change set is being undone');
    attempt = recover();
    try {
      await attempt;
      isMending = false;
    } finally {
      attempt = undefined;
    }
  }

  async function mend(): Promise<void> {
    isMending = true;
    if (closing.signal.aborted) closing = new AbortController();
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, MAX_DELAY_MS)) {
      if (await hasMended()) return;
      await clock.sleep(delayMs, closing.signal).catch(() => undefined);
      if (closing.signal.aborted) return;
    }
  }

  async function hasMended(): Promise<boolean> {
    try {
      // Whoever could not wait may have mended it meanwhile.
      if (isMending) await tryNow();
      return true;
    } catch (error) {
      log('error', `A change set cannot be undone yet: ${messageOf(error)}`);
      return false;
    }
  }

  return {
    mend,
    tryNow,
    get isMending() {
      return isMending;
    },
    async close() {
      closing.abort();
      // Whoever comes after must find nobody at work on the same files; whether it succeeded is logged.
      await attempt?.catch(() => undefined);
    },
  };
}
