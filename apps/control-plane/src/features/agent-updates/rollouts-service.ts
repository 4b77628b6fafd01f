import type {
  AgentReleases,
  AgentRollout,
  NewRollout,
  RolloutMember,
} from '@spt-flow/shared/api/agent-updates';
import { AppError } from '@spt-flow/shared/domain/errors';
import { ReleaseError } from '@spt-flow/releases/release-error';
import type { VerifiedReleases } from '@spt-flow/releases/verify-releases';
import type { Queryable } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { decodeCursor, toPage } from '../../lib/pagination.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { AgentHub } from '../agents/index.ts';
import type { ReleaseFolder } from './release-folder.ts';
import { planStages } from './rollout-plan.ts';
import { toReleases, toRollout } from './rollout-view.ts';
import type { RolloutRow, RolloutsRepository, RolloutState } from './rollouts-repository.ts';

export interface RolloutsDeps {
  readonly repository: RolloutsRepository;
  readonly folder: ReleaseFolder;
  readonly hub: Pick<AgentHub, 'isOnline'>;
  readonly audit: Audit;
  readonly clock: Clock;
  /** Somebody decided something. */
  readonly onChange: () => void;
}

export interface Caller {
  readonly principal: Principal;
  readonly correlationId: string;
}

export type RolloutsService = ReturnType<typeof createRolloutsService>;

/** createRolloutsService is what people order and see; the driver does it. */
export function createRolloutsService(deps: RolloutsDeps) {
  const { repository, folder, clock } = deps;

  async function find(organizationId: string, id: string): Promise<RolloutRow> {
    const row = await repository.find(organizationId, id);
    if (!row) throw new AppError('not_found', 'There is no such roll-out');
    return row;
  }

  async function show(row: RolloutRow): Promise<AgentRollout> {
    return toRollout(row, await repository.counts([row.id]));
  }

  /** Agents verify by themselves; this keeps an order from being given that none of them could follow. */
  async function verified(): Promise<VerifiedReleases | undefined> {
    try {
      return await folder.verify(clock.now());
    } catch (error) {
      if (error instanceof ReleaseError)
        throw new AppError('conflict', `The folder of releases is no good: ${error.message}`);
      throw error;
    }
  }

  async function decide(
    { principal, correlationId }: Caller,
    row: RolloutRow,
    {
      verb,
      state,
      work,
    }: { verb: string; state: RolloutState; work?: (tx: Queryable) => Promise<void> },
  ): Promise<RolloutRow> {
    const changed = await repository.transaction(async (tx) => {
      const next = await repository.change(row, { state, reason: null }, tx);
      if (!next) throw new AppError('conflict');
      await work?.(tx);
      await deps.audit.record(
        {
          organizationId: row.organizationId,
          principal: auditName(principal),
          action: `agent_rollout.${verb}`,
          target: row.id,
          correlationId,
          detail: { version: row.version },
        },
        tx,
      );
      return next;
    });
    deps.onChange();
    return changed;
  }

  function assertState(row: RolloutRow, states: readonly RolloutState[]): void {
    if (!states.includes(row.state))
      throw new AppError('conflict', `The roll-out is ${row.state.replace('_', ' ')}`);
  }

  return {
    async releases({ organizationId }: Principal): Promise<AgentReleases> {
      const servers = await repository.servers(organizationId);
      const counts = new Map<string, number>();
      for (const { version } of servers) counts.set(version, (counts.get(version) ?? 0) + 1);
      const versions = Array.from(counts, ([version, agents]) => ({ version, agents }));
      try {
        const found = await folder.verify(clock.now());
        const releases = toReleases(found?.targets ?? []);
        return { releases, versions, problem: null, signedUntil: found ? earliest(found) : null };
      } catch (error) {
        if (!(error instanceof ReleaseError)) throw error;
        return { releases: [], versions, problem: error.message, signedUntil: null };
      }
    },

    async create({ principal, correlationId }: Caller, order: NewRollout): Promise<AgentRollout> {
      const { organizationId, userId: createdBy } = principal;
      const { version, maxFailures, hours } = order;
      const releases = toReleases((await verified())?.targets ?? []);
      if (!releases.some((release) => release.version === version))
        throw new AppError('not_found', `There is no signed release ${version} of the agent`);
      const servers = await repository.servers(organizationId);
      const others = servers.filter((server) => server.version !== version);
      if (others.length === 0)
        throw new AppError(
          'conflict',
          `There is no server that runs another version than ${version}`,
        );
      const candidates = others.map((server) => {
        return { ...server, isOnline: deps.hub.isOnline(server.workspaceId) };
      });
      const stages = planStages(candidates, order.stages);
      const from = new Map(others.map((server) => [server.workspaceId, server.version]));
      const changedAt = clock.now();
      const members = stages.flatMap((stage, index) =>
        stage.members.map((workspaceId) => ({
          ...{ workspaceId, organizationId, changedAt, stage: index, targetVersion: version },
          fromVersion: from.get(workspaceId) ?? '',
        })),
      );
      const named = stages.map(({ name, members: { length: size } }) => ({ name, size }));
      const row = await repository.transaction(async (tx) => {
        await repository.supersede(organizationId, tx);
        const created = await repository.insert(
          {
            ...{ organizationId, version, maxFailures, hours, createdBy },
            ...{ kind: 'forward', state: 'running', stages: named },
          },
          members,
          tx,
        );
        const entry = { organizationId, principal: auditName(principal), target: created.id };
        const detail = { version, stages: named, maxFailures };
        const action = 'agent_rollout.create';
        await deps.audit.record({ ...entry, action, correlationId, detail }, tx);
        return created;
      });
      deps.onChange();
      return show(row);
    },

    async get({ organizationId }: Principal, id: string): Promise<AgentRollout> {
      return show(await find(organizationId, id));
    },

    async list(
      { organizationId }: Principal,
      { cursor, limit }: { cursor?: string | undefined; limit: number },
    ) {
      const position = decodeCursor(cursor);
      const rows = await repository.list(organizationId, { position, limit: limit + 1 });
      const { items, nextCursor } = toPage(rows, limit, ({ createdAt }) => createdAt);
      const counts = items.length === 0 ? [] : await repository.counts(items.map(({ id }) => id));
      return { items: items.map((row) => toRollout(row, counts)), nextCursor };
    },

    async members(viewer: Principal, id: string): Promise<{ items: RolloutMember[] }> {
      const row = await find(viewer.organizationId, id);
      const found = await repository.members(row.id, viewer);
      return {
        items: found.map(({ member, name, version }) => {
          const { workspaceId, stage, state, targetVersion, reason, changedAt } = member;
          return {
            ...{ workspaceId, name, stage, state, targetVersion, reason },
            version: version ?? member.fromVersion,
            isOnline: deps.hub.isOnline(workspaceId),
            changedAt: changedAt.toISOString(),
          };
        }),
      };
    },

    async pause(by: Caller, id: string): Promise<AgentRollout> {
      const row = await find(by.principal.organizationId, id);
      assertState(row, ['running', 'completed']);
      return show(await decide(by, row, { verb: 'pause', state: 'paused' }));
    },

    async resume(by: Caller, id: string): Promise<AgentRollout> {
      const row = await find(by.principal.organizationId, id);
      assertState(row, ['paused', 'halted']);
      const work = (tx: Queryable) => repository.retryFailed(row.id, clock.now(), tx);
      return show(await decide(by, row, { verb: 'resume', state: 'running', work }));
    },

    /** Its agents go back to where each came from, all at once: nobody waits for a gate with a version that is bad. */
    async rollBack(by: Caller, id: string): Promise<AgentRollout> {
      const row = await find(by.principal.organizationId, id);
      assertState(row, ['running', 'paused', 'halted', 'completed']);
      const renewed = await repository.ofStates(row.id, ['done', 'trying', 'updating']);
      const [first] = renewed;
      if (!first) throw new AppError('conflict', 'No server has the version: pause the roll-out');
      const made: RolloutRow[] = [];
      await decide(by, row, {
        verb: 'roll_back',
        state: 'rolled_back',
        work: async (tx) => {
          const { organizationId, version } = row;
          const members = renewed.map(({ workspaceId, fromVersion }) => ({
            ...{ workspaceId, organizationId, stage: 0, changedAt: clock.now() },
            ...{ fromVersion: version, targetVersion: fromVersion },
          }));
          const rollout = {
            ...{ organizationId, version: first.fromVersion, createdBy: by.principal.userId },
            ...{ kind: 'back' as const, state: 'running' as const, maxFailures: 100 },
            stages: [{ name: '100 %', size: members.length }],
          };
          made.push(await repository.insert(rollout, members, tx));
        },
      });
      return show(made[0] ?? row);
    },
  };
}

/** Whatever ends first. */
function earliest({ expires }: VerifiedReleases): string {
  const times = Object.values(expires).map((text) => Date.parse(text));
  return new Date(Math.min(...times)).toISOString();
}
