import type { Lifecycle, Verdict } from '@spt-flow/shared/api/lifecycle';
import { ACTIVITY_SOURCES } from '@spt-flow/shared/domain/activity';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Schedule } from '@spt-flow/shared/domain/schedule';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { Workspaces } from '../workspaces/index.ts';
import type { ActivityLedger } from './activity-ledger.ts';
import { decide } from './decide.ts';
import { factsOf, scheduleOf, type Surroundings } from './facts.ts';
import type {
  LifecycleChange,
  LifecycleRepository,
  LifecycleWorkspace,
} from './lifecycle-repository.ts';
import type { LifecycleTimes } from './lifecycle-times.ts';
import { momentsOf } from './schedule-moments.ts';

export interface LifecycleServiceDeps {
  readonly repository: Pick<
    LifecycleRepository,
    'transaction' | 'workspace' | 'change' | 'lastStop'
  >;
  readonly ledger: Pick<ActivityLedger, 'of'>;
  readonly findWorkspace: Workspaces['service']['find'];
  readonly onWorkspaceChanged: (workspaceId: string) => Promise<void>;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly configured: LifecycleTimes;
}

export interface PolicyChange {
  readonly idleMinutes?: number | null | undefined;
  readonly schedule?: Schedule | null | undefined;
}

/** Call is who asks, about which workspace. */
export interface Call {
  readonly principal: Principal;
  readonly handle: string;
  readonly correlationId: string;
}

export type LifecycleService = ReturnType<typeof createLifecycleService>;

/** createLifecycleService tells and changes when workspaces stop and start by themselves. */
export function createLifecycleService(deps: LifecycleServiceDeps) {
  const { repository, clock } = deps;

  async function find({ principal, handle }: Omit<Call, 'correlationId'>) {
    const { id } = await deps.findWorkspace(principal.organizationId, handle);
    const workspace = await repository.workspace(id);
    if (!workspace) throw new AppError('not_found');
    return workspace;
  }

  async function toApi(workspace: LifecycleWorkspace): Promise<Lifecycle> {
    const { configured } = deps;
    const recent = deps.ledger.of(workspace.id);
    const lastStop = await repository.lastStop(workspace.id);
    return {
      ...describe(workspace, { now: clock.now(), configured, recent }),
      lastStop: lastStop?.at ? { at: lastStop.at.toISOString(), reason: lastStop.reason } : null,
    };
  }

  async function change(
    call: Call,
    workspace: LifecycleWorkspace,
    what: { action: string; change: LifecycleChange; detail: Record<string, unknown> },
  ): Promise<Lifecycle> {
    const { principal, correlationId } = call;
    await repository.transaction(async (tx) => {
      // Whoever was warned is warned anew of what is due now.
      const calm = { stopsAt: null, stopReason: null };
      await repository.change(workspace, { ...what.change, ...calm }, tx);
      await deps.audit.record(
        {
          ...{ organizationId: workspace.organizationId, correlationId, target: workspace.id },
          ...{ principal: auditName(principal), action: what.action, detail: what.detail },
        },
        tx,
      );
    });
    await deps.onWorkspaceChanged(workspace.id);
    return toApi(await find(call));
  }

  return {
    get: async (principal: Principal, handle: string) => toApi(await find({ principal, handle })),

    async update(call: Call, { idleMinutes, schedule }: PolicyChange): Promise<Lifecycle> {
      const workspace = await find(call);
      const policy: LifecycleChange = {
        ...(idleMinutes !== undefined && { idleMinutes }),
        ...(schedule !== undefined && { schedule, scheduleSetAt: clock.now() }),
      };
      if (Object.keys(policy).length === 0) return toApi(workspace);
      const detail = { idleMinutes, schedule };
      return change(call, workspace, { action: 'workspace.schedule', change: policy, detail });
    },

    async keepAlive(call: Call, minutes: number): Promise<Lifecycle> {
      const workspace = await find(call);
      if (workspace.desiredState !== 'running') throw new AppError('workspace_stopped');
      const keepUntil = new Date(clock.now().getTime() + minutes * 60_000);
      const detail = { until: keepUntil.toISOString() };
      return change(call, workspace, {
        ...{ action: 'workspace.keep-alive', change: { keepUntil }, detail },
      });
    },

    async endKeepAlive(call: Call): Promise<Lifecycle> {
      const workspace = await find(call);
      if (!workspace.lifecycle?.keepUntil) return toApi(workspace);
      return change(call, workspace, {
        ...{ action: 'workspace.keep-alive', change: { keepUntil: null }, detail: { until: null } },
      });
    },
  };
}

function describe(
  workspace: LifecycleWorkspace,
  surroundings: Surroundings,
): Omit<Lifecycle, 'lastStop'> {
  const { lifecycle } = workspace;
  const facts = factsOf(workspace, surroundings);
  const isRunning = workspace.actualState === 'running';
  const isKept = facts.keepUntil !== null && facts.keepUntil > facts.now;
  return {
    idleMinutes: facts.idleMinutes,
    isDefaultIdle: (lifecycle?.idleMinutes ?? null) === null,
    schedule: scheduleOf(lifecycle),
    keepUntil: isKept ? textOf(facts.keepUntil) : null,
    runningSince: isRunning ? facts.runningSince.toISOString() : null,
    activity: ACTIVITY_SOURCES.map((source) => ({
      source,
      lastAt: textOf(facts.activity[source] ?? null),
    })),
    verdict: verdictOf(workspace, surroundings),
  };
}

function verdictOf(workspace: LifecycleWorkspace, surroundings: Surroundings): Verdict {
  const schedule = scheduleOf(workspace.lifecycle);
  const nextStart = schedule && momentsOf(schedule, surroundings.now).nextStart;
  const startsAt = textOf(nextStart);
  if (workspace.actualState === 'running') {
    const { stopsAt, ...decision } = decide(factsOf(workspace, surroundings));
    return { ...decision, stopsAt: textOf(stopsAt), startsAt };
  }
  const reason = startsAt
    ? 'It does not run; its schedule starts it'
    : 'It does not run; it starts when somebody asks for it';
  return { action: 'off', rule: startsAt ? 'schedule' : 'idle', reason, stopsAt: null, startsAt };
}

function textOf(at: Date | null): string | null {
  return at === null ? null : at.toISOString();
}
