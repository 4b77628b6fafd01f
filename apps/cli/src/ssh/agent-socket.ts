import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, EXIT } from '../core/errors.ts';

const RETRY_MS = 100;
/** For the ssh of another connection to ask for its signature. */
const LINGER_MS = 2_000;
/** `sun_path` of Linux is longer, but only a little. */
const MAX_PATH_BYTES = 103;

export interface AgentSocket {
  /** Removes it; others that serve at the same place stay reachable there. */
  close(): void;
  /** After `close`: who has asked already may be another connection's ssh, which logs in with what is answered here. */
  served(): Promise<void>;
}

/**
 * openAgentSocket serves at a path that ssh reads from its configuration, where all connections to a host have the
 * same: the latest is reached there, and the latest of those that are left when it ends. Any of them will do, since
 * they serve the same person's key to the same workspace.
 */
export async function openAgentSocket(
  place: string,
  onConnection: (socket: Socket) => void,
): Promise<AgentSocket> {
  if (process.platform === 'win32') return openPipe(place, onConnection);
  const own = `${place}.${process.pid}`;
  if (Buffer.byteLength(own) > MAX_PATH_BYTES) throw tooLong(own);
  mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
  rmSync(own, { force: true });
  const server = createServer(onConnection);
  listenForOwner(server, own);
  await once(server, 'listening');
  point(place, own);
  const close = () => {
    server.close();
    rmSync(own, { force: true });
    handOver(place);
  };
  // Whoever ends this process at once leaves nothing behind either.
  process.once('exit', close);
  return {
    close() {
      process.off('exit', close);
      close();
    },
    served: () => servedBy(server),
  };
}

/** Whoever may write to a socket may connect to it, and a person's own settings may let all others. */
function listenForOwner(server: Server, file: string): void {
  const usual = process.umask(0o177);
  server.listen(file);
  process.umask(usual);
}

/** A pipe has one owner at a time; who comes later serves when it is free. */
async function openPipe(
  place: string,
  onConnection: (socket: Socket) => void,
): Promise<AgentSocket> {
  const server = createServer(onConnection);
  let closed = false;
  const listen = async (): Promise<void> => {
    while (!closed) {
      try {
        server.listen(place);
        await once(server, 'listening');
        return;
      } catch {
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  };
  await Promise.race([listen(), sleep(RETRY_MS)]);
  return {
    close() {
      closed = true;
      server.close();
    },
    served: () => servedBy(server),
  };
}

async function servedBy(server: Server): Promise<void> {
  const isIdle = new Promise<void>((resolve) =>
    server.getConnections((_error, count) =>
      count > 0 ? server.once('close', resolve) : resolve(),
    ),
  );
  await Promise.race([isIdle, sleep(LINGER_MS, undefined, { ref: false })]);
}

/** In one step: there is never a moment without a socket at the place. */
function point(place: string, own: string): void {
  const link = `${own}.link`;
  rmSync(link, { force: true });
  symlinkSync(path.basename(own), link);
  renameSync(link, place);
}

/** Again until it holds, because others may come and go meanwhile. */
function handOver(place: string): void {
  while (!existsSync(place)) {
    const heir = latestAlive(place);
    if (heir !== undefined) point(place, heir);
    else {
      rmSync(place, { force: true });
      if (latestAlive(place) === undefined) return;
    }
  }
}

/** What a killed process left is removed on the way. */
function latestAlive(place: string): string | undefined {
  const directory = path.dirname(place);
  const prefix = `${path.basename(place)}.`;
  const alive = readdirSync(directory).flatMap((name) => {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (!/^\d+$/.test(pid)) return [];
    const file = path.join(directory, name);
    const madeAtMs = lstatSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (madeAtMs === undefined) return [];
    if (isAlive(Number(pid))) return [{ file, madeAtMs }];
    rmSync(file, { force: true });
    return [];
  });
  return alive.toSorted((a, b) => b.madeAtMs - a.madeAtMs)[0]?.file;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // Not ours, or not there.
    return false;
  }
}

function tooLong(file: string): CliError {
  return new CliError({
    what: `The path ${file} is too long for a socket`,
    command: 'spt-flow ssh <workspace>',
    exitCode: EXIT.failure,
  });
}
