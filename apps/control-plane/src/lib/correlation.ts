import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { CORRELATION_HEADER, CorrelationIdSchema } from '@spt-flow/shared/api/common';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

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
  const trace = traceparent === undefined ? null : TRACEPARENT.exec(String(traceparent));
  return trace?.[1] ?? newCorrelationId();
}

/** traceparentFor continues the operation in another process; ids that are not trace ids are hashed by padding. */
export function traceparentFor(correlationId: string): string {
  const traceId = /^[0-9a-f]{32}$/.test(correlationId)
    ? correlationId
    : Buffer.from(correlationId).toString('hex').padEnd(32, '0').slice(0, 32);
  return `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
}
