import { AppError } from '@spt-flow/shared/domain/errors';
import type { Clock } from '../../lib/clock.ts';
import { createRequestLimit } from '../../lib/request-limit.ts';

export interface RequestLimits {
  /** Of a workspace, at the same time. */
  readonly open: number;
  readonly perMinute: number;
  readonly bodyBytes: number;
  /** Of all open requests of a workspace together. */
  readonly openBytes: number;
}

export const DEFAULT_LIMITS: RequestLimits = {
  open: 16,
  perMinute: 300,
  // As much as the Messages API takes.
  bodyBytes: 32 * 1024 * 1024,
  openBytes: 64 * 1024 * 1024,
};

/** OpenRequest is one that counts until it is closed. */
export interface OpenRequest {
  /** Counts bytes of its body; AppError when it gets too large. */
  add(bytes: number): void;
  close(): void;
}

/** createOpenRequests keeps a workspace from taking more than its share of this process. */
export function createOpenRequests(limits: RequestLimits, clock: Clock) {
  const perMinute = createRequestLimit(limits.perMinute, clock);
  const open = new Map<string, { requests: number; bytes: number }>();

  return (workspaceId: string): OpenRequest => {
    if (perMinute.count(workspaceId).isOver)
      throw new AppError('rate_limited', 'Too many requests to AI models in this minute');
    const held = open.get(workspaceId) ?? { requests: 0, bytes: 0 };
    if (held.requests >= limits.open)
      throw new AppError('rate_limited', `${limits.open} requests to AI models are open already`);
    held.requests += 1;
    open.set(workspaceId, held);
    let bytes = 0;
    return {
      add(more) {
        bytes += more;
        held.bytes += more;
        if (bytes > limits.bodyBytes) throw new AppError('body_too_large');
        if (held.bytes > limits.openBytes)
          throw new AppError(
            'rate_limited',
            'The open requests to AI models are too large together',
          );
      },
      close() {
        held.requests -= 1;
        held.bytes -= bytes;
        if (held.requests === 0) open.delete(workspaceId);
      },
    };
  };
}
