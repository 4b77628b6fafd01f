import { toOtlp } from '@spt-flow/shared/domain/otlp';
import type { ChatLogger } from '../chat-deps.ts';
import { turnSpans, type TracedTurn } from './turn-trace.ts';

const SOURCE = { service: 'spt-flow', scope: 'spt-flow.chat' };

const TIMEOUT_MS = 10_000;
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
  const url = `${host.replace(/\/+$/, '')}/api/public/otel/v1/traces`;
  const key = Buffer.from(`${publicKey}:${secretKey}`).toString('base64');
  let open = 0;

  async function send(turn: TracedTurn): Promise<void> {
    const response = await fetch(url, {
      method: 'POST',
      // A redirect would carry the key elsewhere.
      redirect: 'error',
      headers: { 'content-type': 'application/json', authorization: `Basic ${key}` },
      body: JSON.stringify(toOtlp(SOURCE, turnSpans(turn))),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`The receiver of traces answered ${response.status}`);
  }

  return (turn) => {
    const lost = (err: unknown): void =>
      logger.error({ err, turnId: turn.turnId }, 'the trace of a turn was not sent');
    if (open >= MAX_OPEN) return lost(new Error(`${MAX_OPEN} others are still being sent`));
    open += 1;
    void send(turn)
      .catch(lost)
      .finally(() => (open -= 1));
  };
}
