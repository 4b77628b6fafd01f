import type { Span } from '@spt-flow/shared/domain/otlp';
import { postSpans } from './post-spans.ts';

const SOURCE = { service: 'spt-flow-control-plane', scope: 'spt-flow' };
const PAUSE_MS = 2_000;
const MAX_IN_BATCH = 500;
/** A receiver that does not answer must not fill the memory. */
const MAX_WAITING = 5_000;

export interface SpanExporterDeps {
  /** Base of a receiver of OTLP over HTTP, such as http://collector:4318. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Not as an error: what watches must not be what alarms. */
  readonly warn: (details: object, message: string) => void;
}

export interface SpanExporter {
  add(span: Span): void;
  /** Sends what waits, and takes no more. */
  close(): Promise<void>;
}

/** createSpanExporter sends spans in batches; those that cannot be sent are lost, and the log says how many. */
export function createSpanExporter({ endpoint, headers, warn }: SpanExporterDeps): SpanExporter {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const waiting: Span[] = [];
  let lost = 0;
  let isClosed = false;
  let sending = Promise.resolve();
  const timer = setInterval(() => void flush(), PAUSE_MS).unref();

  async function sendWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_IN_BATCH);
      try {
        await postSpans({ url, headers, source: SOURCE }, batch);
      } catch (err) {
        warn({ err, spans: batch.length + lost }, 'spans were not sent');
        lost = 0;
        return;
      }
    }
  }

  /** One batch after the other: a slow receiver gets no more at once. */
  function flush(): Promise<void> {
    sending = sending.then(sendWaiting);
    return sending;
  }

  return {
    add(span) {
      if (isClosed) return;
      if (waiting.length >= MAX_WAITING) lost += 1;
      else waiting.push(span);
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await flush();
    },
  };
}
