import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '@spt-flow/shared/api/client';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Transport, Tunnel } from '@spt-flow/tunnel/types';
import { WindowBudget } from '@spt-flow/tunnel/window-budget';

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5_000;
/** A connection that comes while the server is away waits for it this long. */
const PATIENCE_MS = 15_000;
/** Room for fast transfers over long ways, bounded for all connections together. */
const MAX_STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const WINDOW_BUDGET_BYTES = 32 * 1024 * 1024;

export interface LinkOptions {
  readonly connect: () => Promise<Transport>;
  /** Each new connection to the server, before anything uses it. */
  readonly onTunnel: (tunnel: Tunnel) => void;
  readonly onState: (state: 'lost' | 'back') => void;
  readonly signal: AbortSignal;
}

/** ForwardLink is the one connection to the server that carries all forwarded ports, made anew when it is lost. */
export interface ForwardLink {
  /** Undefined when the server stays away for too long. */
  tunnel(): Promise<Tunnel | undefined>;
  /** Rejects when it can't be made any more, e.g. because the workspace was deleted. */
  readonly failed: Promise<never>;
  close(): void;
}

export async function openForwardLink(options: LinkOptions): Promise<ForwardLink> {
  let current: Tunnel | undefined;
  let closed = false;
  let waiting: ((tunnel: Tunnel) => void)[] = [];
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  failed.catch(() => undefined);

  async function connectOnce(): Promise<void> {
    const tunnel = createTunnel({
      transport: await options.connect(),
      role: 'client',
      maxStreamWindowBytes: MAX_STREAM_WINDOW_BYTES,
      windowBudget: new WindowBudget(WINDOW_BUDGET_BYTES),
    });
    current = tunnel;
    options.onTunnel(tunnel);
    for (const resolve of waiting.splice(0)) resolve(tunnel);
    void tunnel.closed.then(() => {
      current = undefined;
      if (!closed) reconnect().catch(fail);
    });
  }

  async function reconnect(): Promise<void> {
    options.onState('lost');
    for (let attempt = 0; !closed; attempt += 1) {
      await sleep(backoffMs(attempt), undefined, { signal: options.signal });
      try {
        await connectOnce();
        return options.onState('back');
      } catch (error) {
        if (!isTemporary(error)) throw error;
      }
    }
  }

  function nextTunnel(): Promise<Tunnel | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        waiting = waiting.filter((other) => other !== take);
        resolve(undefined);
      }, PATIENCE_MS);
      const take = (tunnel: Tunnel) => {
        clearTimeout(timer);
        resolve(tunnel);
      };
      waiting.push(take);
    });
  }

  await connectOnce();
  return {
    failed,
    tunnel: () => (current ? Promise.resolve(current) : nextTunnel()),
    close() {
      closed = true;
      current?.close('client_left');
    },
  };
}

function isTemporary(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500);
}

/** Exponential with full jitter, so that clients of a restarted server do not come at once. */
function backoffMs(attempt: number): number {
  return Math.random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
}
