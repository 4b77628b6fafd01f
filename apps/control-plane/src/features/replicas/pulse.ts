import { createDeferred } from '@spt-flow/tunnel/deferred';
import type { Clock } from '../../lib/clock.ts';
import { createLeaseJudge } from './lease-judge.ts';
import type { PeerAt } from './peer-links.ts';
import type { ReplicaRow, ReplicasRepository } from './replicas-repository.ts';

const BEAT_INTERVAL_MS = 3_000;
/** Who is not heard of for longer than this is dead for the others. */
const LIMITS = { silentAfterMs: 15_000, longestGapMs: 3 * BEAT_INTERVAL_MS };

export interface PulseDeps {
  readonly id: string;
  readonly repository: Pick<ReplicasRepository, 'beat' | 'others' | 'removeSilent'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Those that can be asked now. */
  readonly onOthers: (others: readonly PeerAt[]) => void;
  readonly onError: (error: unknown) => void;
}

/** createPulse shows that this replica lives, and finds out which others do. */
export function createPulse({ id, repository, clock, onOthers, onError }: PulseDeps) {
  const judge = createLeaseJudge(LIMITS);
  const onFreed: (() => Promise<void>)[] = [];
  const failed = createDeferred<string>();
  let timer: NodeJS.Timeout | undefined;
  let beating = Promise.resolve();
  let freeing = Promise.resolve();
  let known = new Set<string>();
  let isFreed = false;
  let isClosed = false;

  async function beat(): Promise<void> {
    if (isClosed) return;
    if (!(await repository.beat(id)))
      return failed.resolve('another replica of spt-flow took over what this one looked after');
    const others = await repository.others(id);
    const silent = judge(others, clock.monotonicMs());
    for (const replica of silent) await repository.removeSilent(replica);
    const living = others.filter((other) => !silent.includes(other));
    const ids = new Set(living.map((other) => other.id));
    isFreed ||= silent.length > 0 || [...known].some((other) => !ids.has(other));
    known = ids;
    onOthers(living.filter(isReachable));
    if (isFreed) tellFreed();
  }

  /** It may take long, and this replica has to be heard of meanwhile; what fails is done again with the next beat. */
  function tellFreed(): void {
    isFreed = false;
    freeing = freeing
      .then(async () => {
        if (!isClosed) for (const listener of onFreed) await listener();
      })
      .catch((error: unknown) => {
        isFreed = true;
        onError(error);
      });
  }

  function look(): void {
    beating = beating.then(beat).catch(onError);
  }

  return {
    look,
    failed: failed.promise,
    onFreed: (listener: () => Promise<void>): void => void onFreed.push(listener),

    start(): void {
      timer = setInterval(look, BEAT_INTERVAL_MS).unref();
      look();
    },

    async close(): Promise<void> {
      isClosed = true;
      clearInterval(timer);
      await beating;
    },
  };
}

/** One that runs alone listens nowhere. */
function isReachable(replica: ReplicaRow): replica is ReplicaRow & PeerAt {
  return replica.address !== null;
}
