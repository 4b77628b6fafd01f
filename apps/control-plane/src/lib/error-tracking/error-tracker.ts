import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { createErrorEvents, type ErrorEventDeps, type ErrorReport } from './error-event.ts';

const TIMEOUT_MS = 10_000;
/** A service that does not answer must not fill the memory. */
const MAX_OPEN = 20;
/** An error that happens all the time must not use up what a month of events costs. */
const SAME_ERROR_MS = 60_000;
const MAX_REMEMBERED = 500;
/** Where a service that wants less does not say for how long. */
const DEFAULT_PAUSE_SECONDS = 60;

export interface ErrorTrackerDeps extends ErrorEventDeps {
  readonly target: { readonly url: string; readonly publicKey: string };
  readonly clock: Pick<Clock, 'now'>;
  /** Not as an error, or it would be told of as well. */
  readonly warn: (details: { readonly err: unknown }, message: string) => void;
}

export interface ErrorTracker {
  track(report: ErrorReport): void;
  /** Resolves when what was told of is sent, or lost. */
  settled(): Promise<void>;
}

/** createErrorTracker sends errors to Sentry, each once a minute; one that cannot be sent is lost, and the log says so. */
export function createErrorTracker(deps: ErrorTrackerDeps): ErrorTracker {
  const { target, clock } = deps;
  const toEvent = createErrorEvents(deps);
  const lastSeen = new Map<string, number>();
  const open = new Set<Promise<void>>();
  let pausedUntilMs = 0;

  function isNew({ error }: ErrorReport, nowMs: number): boolean {
    const key = error.stack ?? error.message;
    const before = lastSeen.get(key);
    if (before !== undefined && nowMs - before < SAME_ERROR_MS) return false;
    if (lastSeen.size >= MAX_REMEMBERED) lastSeen.clear();
    lastSeen.set(key, nowMs);
    return true;
  }

  async function send(report: ErrorReport, now: Date): Promise<void> {
    const response = await fetch(target.url, {
      method: 'POST',
      // A redirect would carry the key elsewhere.
      redirect: 'error',
      headers: {
        'content-type': 'application/x-sentry-envelope',
        'x-sentry-auth': `Sentry sentry_version=7, sentry_client=spt-flow/${deps.release}, sentry_key=${target.publicKey}`,
      },
      body: toEnvelope(toEvent(report), now),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (response.status === 429) {
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      pausedUntilMs =
        clock.now().getTime() +
        (Number.isFinite(seconds) ? seconds : DEFAULT_PAUSE_SECONDS) * 1_000;
    }
    if (!response.ok) throw new Error(`The receiver of errors answered ${response.status}`);
  }

  return {
    track(report) {
      const now = clock.now();
      if (now.getTime() < pausedUntilMs || open.size >= MAX_OPEN) return;
      if (!isNew(report, now.getTime())) return;
      const sending = send(report, now)
        .catch((err: unknown) => deps.warn({ err }, 'an error was not told to the error tracking'))
        .finally(() => open.delete(sending));
      open.add(sending);
    },
    async settled() {
      await Promise.all(open);
    },
  };
}

/** Lines of JSON: of the envelope, of its one item, and the item. */
function toEnvelope(event: object, now: Date): string {
  const eventId = randomUUID().replaceAll('-', '');
  const item = JSON.stringify({ event_id: eventId, timestamp: now.getTime() / 1_000, ...event });
  const length = Buffer.byteLength(item);
  const lines = [
    JSON.stringify({ event_id: eventId, sent_at: now.toISOString() }),
    JSON.stringify({ type: 'event', content_type: 'application/json', length }),
    item,
  ];
  return `${lines.join('\n')}\n`;
}
