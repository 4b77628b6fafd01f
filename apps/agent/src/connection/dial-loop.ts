import { setTimeout as sleep } from 'node:timers/promises';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { ignoring, messageOf } from '../system/errors.ts';
import { backoffDelayMs } from './backoff.ts';
import { RefusedError } from './refused-error.ts';

/** A connection this long was healthy: the next failure counts as the first. */
const HEALTHY_MS = 10_000;

export interface DialDeps {
  /** Dials and proves the identity; rejects when the control plane cannot be trusted or refuses. */
  connect(signal: AbortSignal): Promise<Tunnel>;
  serve(tunnel: Tunnel): void;
  log(level: 'info' | 'warn', text: string): void;
  /** Says why there is no connection; null: there is one. */
  onChange(reason: string | null): void;
  readonly random: () => number;
  readonly nowMs: () => number;
}

/** Stays connected until the signal; throws only when no attempt can ever succeed. */
export async function keepConnected(deps: DialDeps, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const startedMs = deps.nowMs();
    const retryAfterMs = await connectOnce(deps, signal);
    failures = deps.nowMs() - startedMs >= HEALTHY_MS ? 0 : failures + 1;
    // Those who were asked to wait must not all come back at the same instant.
    const askedMs = retryAfterMs * (1 + deps.random());
    const delayMs = Math.max(askedMs, backoffDelayMs(failures, deps.random));
    await ignoring(['ABORT_ERR'], () => sleep(delayMs, undefined, { signal }));
  }
}

/** Serves one connection to its end; answers how long the control plane asked to wait. */
async function connectOnce(deps: DialDeps, signal: AbortSignal): Promise<number> {
  try {
    const tunnel = await deps.connect(signal);
    const close = () => tunnel.close('agent_stopped');
    signal.addEventListener('abort', close, { once: true });
    deps.serve(tunnel);
    deps.onChange(null);
    const reason = await tunnel.closed;
    deps.log('info', `Disconnected: ${reason}`);
    deps.onChange(reason);
    signal.removeEventListener('abort', close);
    return 0;
  } catch (error) {
    deps.onChange(messageOf(error));
    if (error instanceof RefusedError && error.isFinal) throw error;
    if (!signal.aborted) deps.log('warn', `Cannot connect: ${messageOf(error)}`);
    return error instanceof RefusedError ? error.retryAfterMs : 0;
  }
}
