import { randomUUID } from 'node:crypto';
import type { Database } from '@spt-flow/db/client';
import { createDeferred } from '@spt-flow/tunnel/deferred';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import type { Clock } from '../../lib/clock.ts';
import { createLeaseJudge } from './lease-judge.ts';
import { createPeerDesk, resultOf, type ServePeer } from './peer-calls.ts';
import { openPeerDoor } from './peer-door.ts';
import { peerSecretOf } from './peer-handshake.ts';
import { createPeerLinks, type PeerAt } from './peer-links.ts';
import { createReplicasRepository, type ReplicaRow } from './replicas-repository.ts';

const BEAT_INTERVAL_MS = 3_000;
/** What looks after nothing for longer than this is dead for the others. */
const LIMITS = { silentAfterMs: 15_000, longestGapMs: 3 * BEAT_INTERVAL_MS };

export interface ReplicasDeps {
  readonly db: Database;
  /** Where the others reach this one, `host:port`; unset: it is the only one. */
  readonly address: string | undefined;
  readonly secretKey: string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onError: (error: unknown) => void;
}

/** `to` names the part of the other replica that is asked. */
export interface PeerHead {
  readonly to: string;
  readonly [name: string]: unknown;
}

/** Replicas are the processes of one control plane: this one, and how it asks the others. */
export interface Replicas {
  readonly id: string;
  /** Streams to the part of this name are served like this. */
  serve(to: string, part: ServePeer): void;
  /** Throws TunnelError where the replica can't be reached. */
  open(replicaId: string, head: PeerHead): TunnelStream;
  /** Asks a part that was made by `answerWith`; rejects with its AppError, or with TunnelError. */
  ask(replicaId: string, head: PeerHead, signal?: AbortSignal): Promise<unknown>;
  onLinked(listener: (replicaId: string) => void): void;
  /** Another replica is gone: what it looked after may be taken. */
  onFreed(listener: () => Promise<void>): void;
  /** Resolves with the reason when another replica took over what this one looked after: it must not go on. */
  readonly failed: Promise<string>;
  start(): Promise<void>;
  /** Something was told on the channel, or may have been missed. */
  look(): void;
  /** Nothing is heard of the others, and nothing asked of them; what this one looks after stays its own. */
  close(): Promise<void>;
  /** Frees what this one looked after. */
  leave(): Promise<void>;
}

export function createReplicas(deps: ReplicasDeps): Replicas {
  const { address, onError } = deps;
  const id = randomUUID();
  const repository = createReplicasRepository(deps.db);
  const secret = peerSecretOf(deps.secretKey);
  const desk = createPeerDesk();
  const judge = createLeaseJudge(LIMITS);
  const onLinked: ((replicaId: string) => void)[] = [];
  const onFreed: (() => Promise<void>)[] = [];
  const failed = createDeferred<string>();
  const links = createPeerLinks({
    ...{ id, secret, onError },
    onLinked: (peerId) => onLinked.forEach((listener) => listener(peerId)),
  });
  let door: Awaited<ReturnType<typeof openPeerDoor>> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pulse = Promise.resolve();
  let isClosed = false;

  async function beat(): Promise<void> {
    if (isClosed) return;
    if (!(await repository.beat(id)))
      return failed.resolve('another replica of spt-flow took over what this one looked after');
    const others = await repository.others(id);
    const silent = judge(others, deps.clock.monotonicMs());
    for (const replica of silent) await repository.removeSilent(replica);
    if (address !== undefined)
      links.keep(others.filter(isReachable).filter((other) => !silent.includes(other)));
    for (const listener of onFreed) await listener();
  }

  function look(): void {
    pulse = pulse.then(beat).catch(onError);
  }

  return {
    id,
    serve: desk.serve,
    open: links.open,
    ask: async (replicaId, head, signal) => resultOf(links.open(replicaId, head), signal),
    onLinked: (listener) => void onLinked.push(listener),
    onFreed: (listener) => void onFreed.push(listener),
    failed: failed.promise,
    look,

    async start() {
      if (address !== undefined)
        door = await openPeerDoor({
          ...{ id, address, secret, onError },
          onPeer: (_from, tunnel) => tunnel.onStream(desk.take),
        });
      await repository.register(id, address ?? null);
      timer = setInterval(look, BEAT_INTERVAL_MS).unref();
      look();
    },

    async close() {
      isClosed = true;
      clearInterval(timer);
      await pulse;
      links.close();
      await door?.close();
    },

    leave: () => repository.leave(id),
  };
}

/** One that runs alone listens nowhere. */
function isReachable(replica: ReplicaRow): replica is ReplicaRow & PeerAt {
  return replica.address !== null;
}
