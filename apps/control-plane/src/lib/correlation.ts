import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { CORRELATION_HEADER, CorrelationIdSchema } from '@spt-flow/shared/api/common';
import { parseTraceparent, traceIdOf, traceparentOf } from '@spt-flow/shared/domain/otlp';
import { newSpanId } from './tracing/tracer.ts';

/** In the form of a trace id. A UUID, because Node draws those from entropy it keeps, ten times faster than bytes. */
export function newCorrelationId(): string {
  return randomUUID().replaceAll('-', '');
}

/** correlationIdOf takes the caller's id where it is safe to log, else the trace id, else a fresh one. */
export function correlationIdOf(request: IncomingMessage): string {
  const { [CORRELATION_HEADER]: given, traceparent } = request.headers;
  if (given !== undefined) {
    const parsed = CorrelationIdSchema.safeParse(given);
    if (parsed.success) return parsed.data;
  }
  return parseTraceparent(String(traceparent ?? ''))?.traceId ?? newCorrelationId();
}

/** traceparentFor continues the operation in another process. */
export function traceparentFor(correlationId: string): string {
  return traceparentOf({ traceId: traceIdOf(correlationId), spanId: newSpanId() });
}
