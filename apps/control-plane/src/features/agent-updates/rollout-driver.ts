import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { UpdateOutcome } from '@spt-flow/shared/agent-protocol/updates';
import { HoursSchema } from '@spt-flow/shared/domain/schedule';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { AgentHub, AgentSession, LocalAgentHub } from '../agents/index.ts';
import { isWithin } from '../lifecycle/index.ts';
import { giveUpdate, type GivingDeps } from './give-update.ts';
import { judge, type Decision } from './rollout-gate.ts';
import { countsOf } from './rollout-view.ts';
import type { MemberRow, RolloutRow, RolloutsRepository } from './rollouts-repository.ts';

const TICK_MS = 2_000;
/** Nobody is at it any more: the replica that was has ended. */
const ABANDONED_MS = 120_000;
/** A new version has 90 seconds to prove itself, and as long again to come back and tell. */
const SILENT_MS = 300_000;
/** The reason of those that never told; they may still. */
const SILENT = 'It did not come back';

export interface DriverDeps extends GivingDeps {
  readonly repository: RolloutsRepository;
  /** Agents that are connected to this replica. */
  readonly here: Pick<LocalAgentHub, 'isOnline'>;
  readonly hub: Pick<AgentHub, 'isOnline'>;
  readonly audit: Audit;
  readonly clock: Clock;
  /** So many agents fetch at a time, from this replica. */
  readonly atOnce: number;
  readonly onError: (error: unknown) => void;
}

export interface RolloutDriver {
  start(): void;
  /** Something changed: looks at once. */
  look(): Promise<void>;
  onAgentEvent(session: Pick<AgentSession, 'workspaceId'>, event: AgentEvent): void;
  close(): Promise<void>;
}

/** createRolloutDriver brings what was ordered to the agents of this replica, and keeps the gates between stages. */
export function createRolloutDriver(deps: DriverDeps): RolloutDriver {
  const { repository, clock, onError } = deps;
  const giving = new Map<string, { rolloutId: string; done: Promise<void> }>();
  /** What agents said last of an update, until it is looked at. */
  const told = new Map<string, UpdateOutcome>();
  let looking: Promise<void> | undefined;
  let isAsked = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  /** One look at a time; who asks meanwhile is answered by another one. */
  function look(): Promise<void> {
    isAsked = true;
    looking ??= (async () => {
      while (isAsked && !isClosed) {
        isAsked = false;
        await lookOnce();
      }
    })().finally(() => (looking = undefined));
    return looking;
  }

  async function lookOnce(): Promise<void> {
    const rollouts = await repository.active();
    if (rollouts.length === 0) return;
    await tidyUp();
    for (const rollout of rollouts) {
      await repository.addNewcomers(rollout, clock.now());
      const open = await passGate(rollout);
      if (open && mayWork(open)) await offer(open);
    }
  }

  function mayWork({ hours }: RolloutRow): boolean {
    return hours === null || isWithin(HoursSchema.parse(hours), clock.now());
  }

  async function tidyUp(): Promise<void> {
    const changedAt = clock.now();
    const before = (ms: number) => new Date(changedAt.getTime() - ms);
    for (const { rolloutId, ids } of groupOf(giving))
      await repository.touch(rolloutId, ids, changedAt);
    await repository.expire(
      { from: 'updating', since: before(ABANDONED_MS) },
      { state: 'waiting', reason: 'interrupted', changedAt },
    );
    await repository.expire(
      { from: 'trying', since: before(SILENT_MS) },
      { state: 'failed', reason: SILENT, changedAt },
    );
  }

  /** Answers the roll-out as it is then; undefined: it does not go on. */
  async function passGate(rollout: RolloutRow): Promise<RolloutRow | undefined> {
    if (rollout.state === 'completed') return rollout;
    const waiting = await repository.waiting(rollout);
    const decision = judge({
      counts: countsOf(rollout, await repository.counts([rollout.id])),
      stage: rollout.stage,
      maxFailures: rollout.maxFailures,
      reachable: waiting.filter((workspaceId) => deps.hub.isOnline(workspaceId)).length,
    });
    return decision.kind === 'go on' ? rollout : settle(rollout, decision);
  }

  async function settle(
    rollout: RolloutRow,
    decision: Exclude<Decision, { kind: 'go on' }>,
  ): Promise<RolloutRow | undefined> {
    const values = {
      next: { stage: rollout.stage + 1 },
      complete: { state: 'completed' as const },
      halt: { state: 'halted' as const, reason: 'reason' in decision ? decision.reason : null },
    }[decision.kind];
    const changed = await repository.transaction(async (tx) => {
      const row = await repository.change(rollout, values, tx);
      if (!row) return undefined;
      const { organizationId, id: target, version } = row;
      const action = `agent_rollout.${decision.kind}`;
      const detail = { version, stage: row.stage, reason: row.reason };
      const entry = { organizationId, principal: 'system', action, target, detail };
      await deps.audit.record({ ...entry, correlationId: newCorrelationId() }, tx);
      return row;
    });
    isAsked = true;
    return changed?.state === 'halted' ? undefined : changed;
  }

  async function offer(rollout: RolloutRow): Promise<void> {
    const free = deps.atOnce - giving.size;
    if (free <= 0) return;
    const waiting = await repository.waiting(rollout);
    const some = waiting.filter((id) => deps.here.isOnline(id)).slice(0, free);
    if (some.length === 0) return;
    for (const member of await repository.claim(rollout.id, some, clock.now())) begin(member);
  }

  function begin(member: MemberRow): void {
    const { workspaceId, rolloutId } = member;
    const done = give(member)
      .catch(onError)
      .finally(() => {
        giving.delete(workspaceId);
        void look().catch(onError);
      });
    giving.set(workspaceId, { rolloutId, done });
  }

  async function give(member: MemberRow): Promise<void> {
    const verdict = await giveUpdate(deps, member);
    await repository.settle(member, { ...verdict, changedAt: clock.now() });
  }

  async function conclude(workspaceId: string): Promise<void> {
    // It may be back before it is written that it went; and what it tells in the middle of a download is old.
    await giving.get(workspaceId)?.done;
    const update = told.get(workspaceId);
    told.delete(workspaceId);
    if (!update) return;
    const { outcome, version, reason = null } = update;
    const state = outcome === 'committed' ? 'done' : 'failed';
    const changedAt = clock.now();
    const silent = SILENT;
    const concluded = await repository.conclude(
      { workspaceId, version, silent },
      { state, reason, changedAt },
    );
    if (concluded.length > 0) await look();
  }

  return {
    look,
    start() {
      timer = setInterval(() => void look().catch(onError), TICK_MS);
      timer.unref();
    },
    onAgentEvent({ workspaceId }, event) {
      if (event.type !== 'updated') return;
      const isHeard = told.has(workspaceId);
      told.set(workspaceId, event.update);
      if (!isHeard) conclude(workspaceId).catch(onError);
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await looking?.catch(onError);
      await Promise.all(Array.from(giving.values(), ({ done }) => done));
    },
  };
}

function groupOf(giving: ReadonlyMap<string, { rolloutId: string }>) {
  const groups = new Map<string, string[]>();
  for (const [workspaceId, { rolloutId }] of giving)
    groups.set(rolloutId, [...(groups.get(rolloutId) ?? []), workspaceId]);
  return Array.from(groups, ([rolloutId, ids]) => ({ rolloutId, ids }));
}
