import type { Duplex } from 'node:stream';

/** Strangers may start a handshake: no more than these are worked on at once. */
const MAX_HANDSHAKES = 128;
/** After a restart thousands of agents come at once: a connection that waits costs less than one that comes again. */
const MAX_WAITING = 2_000;
/** Agents wait 5 s for an answer. */
const MAX_WAIT_MS = 4_000;

export interface HandshakeLine {
  /** Waits for a place and returns what gives it back; undefined: there is none in time, or the client is gone. */
  enter(socket: Duplex): Promise<(() => void) | undefined>;
}

interface Waiting {
  readonly socket: Duplex;
  readonly timer: NodeJS.Timeout;
  answer(leave: (() => void) | undefined): void;
}

/** createHandshakeLine bounds the handshakes that run at once; others wait in line, the first to come first. */
export function createHandshakeLine(
  limits = { running: MAX_HANDSHAKES, waiting: MAX_WAITING, waitMs: MAX_WAIT_MS },
): HandshakeLine {
  const line = new Set<Waiting>();
  let running = 0;

  function leave(): void {
    running -= 1;
    for (const waiting of line) {
      remove(waiting);
      if (waiting.socket.destroyed) {
        waiting.answer(undefined);
        continue;
      }
      running += 1;
      return waiting.answer(leave);
    }
  }

  function remove(waiting: Waiting): void {
    line.delete(waiting);
    clearTimeout(waiting.timer);
  }

  return {
    async enter(socket) {
      if (running < limits.running) {
        running += 1;
        return leave;
      }
      if (line.size >= limits.waiting) return undefined;
      return new Promise((answer) => {
        const timer = setTimeout(() => {
          line.delete(waiting);
          answer(undefined);
        }, limits.waitMs);
        const waiting = { socket, timer, answer };
        line.add(waiting);
      });
    },
  };
}
