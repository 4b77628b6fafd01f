import type { Duplex } from 'node:stream';
import { UPGRADE_TIMEOUT_MS } from '@spt-flow/shared/agent-protocol/handshake';

/** Strangers may start a handshake: no more than these are worked on at once. */
const MAX_HANDSHAKES = 128;
/** After a restart thousands of agents come at once: a connection that waits costs less than one that comes again. */
const MAX_WAITING = 10_000;
/** Agents wait a little longer for an answer. */
const MAX_WAIT_MS = UPGRADE_TIMEOUT_MS - 2_000;
/** Behind a proxy or a NAT many agents have one address, and still others must get in beside them. */
const SHARE_OF_ONE_ADDRESS = 0.5;

export interface HandshakeLine {
  /** Waits for a place and returns what gives it back; undefined: there is none in time, or the client is gone. */
  enter(socket: Duplex, address: string): Promise<(() => void) | undefined>;
}

interface Waiting {
  readonly socket: Duplex;
  readonly address: string;
  readonly timer: NodeJS.Timeout;
  answer(leave: (() => void) | undefined): void;
}

/**
 * createHandshakeLine bounds the handshakes that run at once; others wait in line. Addresses take turns, and of one
 * address the first to come is the first.
 *
 * INVARIANT: one address has at most half of the places that run and half of those that wait.
 */
export function createHandshakeLine(
  limits = { running: MAX_HANDSHAKES, waiting: MAX_WAITING, waitMs: MAX_WAIT_MS },
): HandshakeLine {
  /** Nobody's line is empty; whose turn is next comes first. */
  const lines = new Map<string, Set<Waiting>>();
  const running = createPlaces(limits.running);
  const waiting = createPlaces(limits.waiting);

  function start(address: string): () => void {
    running.take(address);
    return () => {
      running.free(address);
      letIn();
    };
  }

  /** Those whose address has its share wait on, and others pass them: two addresses at most. */
  function letIn(): void {
    for (const [address, line] of lines) {
      if (running.isFull) return;
      if (!running.hasRoom(address)) continue;
      const next = firstConnected(line);
      if (next) end(next, start(address));
      if (lines.delete(address)) lines.set(address, line);
    }
  }

  function firstConnected(line: ReadonlySet<Waiting>): Waiting | undefined {
    for (const next of line) {
      if (!next.socket.destroyed) return next;
      end(next, undefined);
    }
    return undefined;
  }

  function join(entry: Waiting): void {
    const line = lines.get(entry.address) ?? new Set();
    lines.set(entry.address, line.add(entry));
    waiting.take(entry.address);
  }

  function end(ended: Waiting, leave: (() => void) | undefined): void {
    const line = lines.get(ended.address);
    line?.delete(ended);
    if (line?.size === 0) lines.delete(ended.address);
    waiting.free(ended.address);
    clearTimeout(ended.timer);
    ended.answer(leave);
  }

  return {
    async enter(socket, address) {
      if (running.hasRoom(address)) return start(address);
      if (!waiting.hasRoom(address)) return undefined;
      return new Promise((answer) => {
        const timer = setTimeout(() => end(entry, undefined), limits.waitMs);
        const entry = { socket, address, timer, answer };
        join(entry);
      });
    },
  };
}

/** createPlaces counts who has a place, together and by address. */
function createPlaces(limit: number) {
  const counts = new Map<string, number>();
  let taken = 0;
  return {
    get isFull() {
      return taken >= limit;
    },
    hasRoom: (address: string) =>
      taken < limit && (counts.get(address) ?? 0) < limit * SHARE_OF_ONE_ADDRESS,
    take(address: string) {
      taken += 1;
      counts.set(address, (counts.get(address) ?? 0) + 1);
    },
    free(address: string) {
      taken -= 1;
      const left = (counts.get(address) ?? 0) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    },
  };
}
