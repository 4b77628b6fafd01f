import type { Pty, PtyOptions } from '../runtime/runtime.ts';
import { createOutputRing } from './output-ring.ts';

const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** A follower that takes nothing for this long no longer holds up the others. */
const STALL_MS = 15_000;

export interface Follower {
  onData(bytes: Uint8Array): void;
  onExit(exitCode: number, signal: string | null): void;
  /** It was too slow and is no follower any more. */
  onOutpaced(): void;
}

export interface Attachment {
  write(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  pause(): void;
  resume(): void;
  detach(): void;
}

/** Terminal is one pseudo-terminal, its recent output and those who follow it. */
export interface Terminal {
  readonly pid: number;
  /** Replays the recent output to the follower, then what comes. */
  attach(follower: Follower): Attachment;
}

interface Following {
  readonly follower: Follower;
  waiting: Uint8Array[];
  waitingBytes: number;
  isPaused: boolean;
  stall: NodeJS.Timeout | undefined;
}

type OpenPty = (events: Pick<PtyOptions, 'onData' | 'onExit'>) => Promise<Pty>;

export async function createTerminal(openPty: OpenPty, onEnd: () => void): Promise<Terminal> {
  const ring = createOutputRing();
  const followings = new Set<Following>();
  let ended: { exitCode: number; signal: string | null } | undefined;

  const pty = await openPty({
    onData(bytes) {
      ring.push(bytes);
      for (const following of followings) deliver(following, bytes);
    },
    onExit(exitCode, signal) {
      ended = { exitCode, signal };
      for (const following of followings) end(following, exitCode, signal);
      followings.clear();
      onEnd();
    },
  });

  function deliver(following: Following, bytes: Uint8Array): void {
    if (!following.isPaused) return following.follower.onData(bytes);
    following.waiting.push(Uint8Array.from(bytes));
    following.waitingBytes += bytes.length;
    if (following.waitingBytes > MAX_WAITING_BYTES) outpace(following);
  }

  function flush(following: Following): void {
    for (const bytes of following.waiting) following.follower.onData(bytes);
    following.waiting = [];
    following.waitingBytes = 0;
  }

  function end(following: Following, exitCode: number, signal: string | null): void {
    clearTimeout(following.stall);
    flush(following);
    following.follower.onExit(exitCode, signal);
  }

  function outpace(following: Following): void {
    remove(following);
    following.follower.onOutpaced();
  }

  function remove(following: Following): void {
    clearTimeout(following.stall);
    followings.delete(following);
    letFlow();
  }

  /** The slowest follower sets the pace: the program waits for it. */
  function letFlow(): void {
    if (ended) return;
    if ([...followings].some(({ isPaused }) => isPaused)) pty.pause();
    else pty.resume();
  }

  function pause(following: Following): void {
    following.isPaused = true;
    following.stall ??= setTimeout(() => {
      following.stall = undefined;
      if (following.isPaused && followings.size > 1) outpace(following);
    }, STALL_MS);
    letFlow();
  }

  function resume(following: Following): void {
    following.isPaused = false;
    clearTimeout(following.stall);
    following.stall = undefined;
    flush(following);
    letFlow();
  }

  function attach(follower: Follower): Attachment {
    const following: Following = {
      follower,
      waiting: [],
      waitingBytes: 0,
      isPaused: false,
      stall: undefined,
    };
    const replay = ring.read();
    if (replay.length > 0) follower.onData(replay);
    if (ended) follower.onExit(ended.exitCode, ended.signal);
    else followings.add(following);
    return {
      write: (bytes) => {
        if (!ended) pty.write(bytes);
      },
      resize: (cols, rows) => {
        if (!ended) pty.resize(cols, rows);
      },
      pause: () => pause(following),
      resume: () => resume(following),
      detach: () => remove(following),
    };
  }

  return { pid: pty.pid, attach };
}
