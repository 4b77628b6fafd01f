import { randomUUID } from 'node:crypto';
import type { Database } from '@spt-flow/db/client';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import type { Clock } from '../../lib/clock.ts';
import { createPeerDesk, resultOf, type ServePeer } from './peer-calls.ts';
import { openPeerDoor } from './peer-door.ts';
import { peerSecretOf } from './peer-handshake.ts';
import { createPeerLinks } from './peer-links.ts';
import { createPulse } from './pulse.ts';
import { createReplicasRepository } from './replicas-repository.ts';

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
  const onLinked: ((replicaId: string) => void)[] = [];
  const links = createPeerLinks({
    ...{ id, secret, onError },
    onLinked: (peerId) => onLinked.forEach((listener) => listener(peerId)),
  });
  const pulse = createPulse({
    ...{ id, repository, onError, clock: deps.clock },
    onOthers: (others) => address !== undefined && links.keep(others),
  });
  let door: Awaited<ReturnType<typeof openPeerDoor>> | undefined;

  return {
    id,
    serve: desk.serve,
    open: links.open,
    ask: async (replicaId, head, signal) => resultOf(links.open(replicaId, head), signal),
    onLinked: (listener) => void onLinked.push(listener),
    onFreed: pulse.onFreed,
    failed: pulse.failed,
    look: pulse.look,

    async start() {
      if (address !== undefined)
        door = await openPeerDoor({
          ...{ id, address, secret, onError },
          onPeer: (_from, tunnel) => tunnel.onStream(desk.take),
        });
      await repository.register(id, address ?? null);
      pulse.start();
    },

    async close() {
      await pulse.close();
      links.close();
      await door?.close();
    },

    leave: () => repository.leave(id),
  };
}
