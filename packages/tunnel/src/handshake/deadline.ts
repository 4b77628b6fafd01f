import type { HandshakeRuntime } from './messages.ts';
import { TunnelError } from '../types.ts';

export interface Deadline {
  /** Throws TunnelError `handshake_timeout` once nothing is left. */
  leftMs(): number;
}

/** Runs on the monotonic clock: setting the wall clock changes nothing. */
export function startDeadline(
  runtime: Pick<HandshakeRuntime, 'monotonicMs'>,
  totalMs: number,
): Deadline {
  const endMs = runtime.monotonicMs() + totalMs;
  return {
    leftMs() {
      const leftMs = endMs - runtime.monotonicMs();
      if (leftMs <= 0) throw new TunnelError('handshake_timeout', 'Handshake took too long');
      return leftMs;
    },
  };
}
