import { postSpans } from '../../../lib/tracing/post-spans.ts';
import type { ChatLogger } from '../chat-deps.ts';
import { turnSpans, type TracedTurn } from './turn-spans.ts';

/** A service that does not answer must not fill the memory. */
const MAX_OPEN = 50;

export interface TraceTarget {
  /** Of Langfuse; any receiver of OTLP over HTTP that stands at the same path will do. */
  readonly host: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

export type ExportTurn = (turn: TracedTurn) => void;

/** createTraceExporter sends each turn once; one that cannot be sent is lost, and the log says so. */
export function createTraceExporter(
  { host, publicKey, secretKey }: TraceTarget,
  logger: ChatLogger,
): ExportTurn {
  const key = Buffer.from(`${publicKey}:${secretKey}`).toString('base64');
  const receiver = {
    url: `${host.replace(/\/+$/, '')}/api/public/otel/v1/traces`,
    headers: { authorization: `Basic ${key}` },
    source: { service: 'spt-flow', scope: 'spt-flow.chat' },
  };
  let open = 0;

  return (turn) => {
    const lost = (err: unknown): void =>
      logger.error({ err, turnId: turn.turnId }, 'the trace of a turn was not sent');
    if (open >= MAX_OPEN) return lost(new Error(`${MAX_OPEN} others are still being sent`));
    open += 1;
    void postSpans(receiver, turnSpans(turn))
      .catch(lost)
      .finally(() => (open -= 1));
  };
}
