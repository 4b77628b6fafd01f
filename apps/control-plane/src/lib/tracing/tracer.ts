import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { Span } from '@spt-flow/shared/domain/otlp';

/** Where a piece of work stands in its trace. */
export type SpanContext = Pick<Span, 'traceId' | 'spanId'>;

/** Tracer knows what is being worked on, wherever it is asked, and tells of what has ended. */
export interface Tracer {
  /** Undefined: nothing that is traced. */
  current(): SpanContext | undefined;
  /** What `work` begins is below the span. */
  within(context: SpanContext, work: () => void): void;
  record(span: Span): void;
}

export function createTracer(record: (span: Span) => void): Tracer {
  const current = new AsyncLocalStorage<SpanContext>();
  return {
    current: () => current.getStore(),
    within: (context, work) => current.run(context, work),
    record,
  };
}

export function newSpanId(): string {
  return randomBytes(8).toString('hex');
}

/** nowMs is since the epoch, finer than a clock of milliseconds. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
