import { reasonOf } from '../../../lib/abort.ts';

/** GateGuest is who wants to come in. */
export interface GateGuest {
  readonly ownerId: string;
  /** No person waits for it; asked at each turn, since one may have come meanwhile. */
  isBackground(): boolean;
  /** Told when the place in the line changed; 1 is next. */
  onPosition(position: number): void;
}

/**
 * Gate lets a limited number through at once. Of those who wait, people go before what restarts by itself, and the
 * owners take turns, so that many starts of one hold up nobody else.
 */
export interface Gate {
  /** Resolves with what gives the place back. */
  enter(guest: GateGuest, signal: AbortSignal): Promise<() => void>;
}

interface Ticket {
  readonly guest: GateGuest;
  readonly proceed: () => void;
  position: number;
}

/** Further back in a long line not every step is told: a thousand starts would tell half a million. */
const TOLD_ALWAYS = 20;
const TOLD_EVERY = 10;

export function createGate(limit: number): Gate {
  const waiting: Ticket[] = [];
  /** Owners by when they got their last place; forgotten once they have none and wait for none. */
  const servedAt = new Map<string, number>();
  const places = new Map<string, number>();
  let serial = 0;
  let inside = 0;

  function admit(ownerId: string): void {
    serial += 1;
    servedAt.set(ownerId, serial);
    places.set(ownerId, (places.get(ownerId) ?? 0) + 1);
  }

  /** A place that somebody waits for is handed over: nobody who comes later may slip in between. */
  function leave(ownerId: string): void {
    places.set(ownerId, (places.get(ownerId) ?? 1) - 1);
    const next = inOrder(waiting, servedAt)[0];
    if (next) {
      waiting.splice(waiting.indexOf(next), 1);
      admit(next.guest.ownerId);
      next.proceed();
      tellPositions();
    } else inside -= 1;
    const isWaiting = waiting.some(({ guest }) => guest.ownerId === ownerId);
    if (places.get(ownerId) !== 0 || isWaiting) return;
    places.delete(ownerId);
    servedAt.delete(ownerId);
  }

  function tellPositions(): void {
    for (const [index, ticket] of inOrder(waiting, servedAt).entries()) {
      const position = index + 1;
      const isTold = position <= TOLD_ALWAYS || position % TOLD_EVERY === 0;
      if (ticket.position === position || (!isTold && ticket.position > 0)) continue;
      ticket.position = position;
      ticket.guest.onPosition(position);
    }
  }

  function waitForPlace(guest: GateGuest, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        waiting.splice(waiting.indexOf(ticket), 1);
        tellPositions();
        reject(reasonOf(signal));
      };
      const proceed = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const ticket: Ticket = { guest, proceed, position: 0 };
      signal.addEventListener('abort', abort, { once: true });
      waiting.push(ticket);
      tellPositions();
    });
  }

  return {
    async enter(guest, signal) {
      const { ownerId } = guest;
      signal.throwIfAborted();
      if (inside < limit) {
        inside += 1;
        admit(ownerId);
      } else await waitForPlace(guest, signal);
      if (signal.aborted) leave(ownerId);
      signal.throwIfAborted();
      let left = false;
      return () => {
        if (!left) leave(ownerId);
        left = true;
      };
    },
  };
}

/** The first of each owner, then the second of each, and so on; whoever was served longest ago goes first. */
function inOrder(
  waiting: readonly Ticket[],
  servedAt: ReadonlyMap<string, number>,
): readonly Ticket[] {
  const rounds = new Map<string, number>();
  const ranked = waiting.map((ticket) => {
    const { ownerId } = ticket.guest;
    const isBackground = ticket.guest.isBackground();
    const line = `${isBackground} ${ownerId}`;
    const round = rounds.get(line) ?? 0;
    rounds.set(line, round + 1);
    return { ticket, rank: [Number(isBackground), round, servedAt.get(ownerId) ?? 0] };
  });
  return ranked.sort((a, b) => compare(a.rank, b.rank)).map(({ ticket }) => ticket);
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) {
    const difference = value - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
