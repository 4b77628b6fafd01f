import { and, desc, eq, gt, gte, isNotNull, isNull, notExists, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import {
  organizations,
  poolMembers,
  templateVersions,
  transitions,
  workspaceLifecycles,
  workspaces,
} from '@spt-flow/db/schema';
import type { WorkspaceActivity } from './activity-ledger.ts';

/** One replica looks after the workspaces at a time; the number only has to be ours. */
const SWEEP_LOCK = 7_350_116;

export type LifecycleRow = typeof workspaceLifecycles.$inferSelect;
export type LifecycleChange = Partial<Omit<LifecycleRow, 'workspaceId' | 'organizationId'>>;
export type LifecycleRepository = ReturnType<typeof createLifecycleRepository>;

const WORKSPACE_COLUMNS = {
  id: workspaces.id,
  organizationId: workspaces.organizationId,
  ownerId: workspaces.ownerId,
  projectId: workspaces.projectId,
  name: workspaces.name,
  provider: workspaces.provider,
  settings: workspaces.settings,
  desiredState: workspaces.desiredState,
  actualState: workspaces.actualState,
  stateSince: workspaces.stateSince,
  createdAt: workspaces.createdAt,
};

/** LifecycleWorkspace is a workspace as far as its life depends on it. */
export type LifecycleWorkspace = Pick<
  typeof workspaces.$inferSelect,
  keyof typeof WORKSPACE_COLUMNS
> & {
  readonly lifecycle: LifecycleRow | null;
  /** Of the version of its template. */
  readonly templateLifecycle: unknown;
  readonly organizationLifecycle: unknown;
};

export function createLifecycleRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    /** False: another replica does it. */
    async lockSweep(tx: Queryable): Promise<boolean> {
      const { rows } = await tx.execute<{ locked: boolean }>(
        sql`select pg_try_advisory_xact_lock(${SWEEP_LOCK}) as locked`,
      );
      return rows[0]?.locked ?? false;
    },

    /**
     * A page, by id, of those that may have to be stopped, started or deleted. What waits for an owner runs without
     * being used.
     */
    async candidates(
      tx: Queryable,
      { after, limit }: { after: string | undefined; limit: number },
    ): Promise<LifecycleWorkspace[]> {
      const { id, desiredState, actualState } = workspaces;
      const is = (state: 'running' | 'stopped') =>
        and(eq(desiredState, state), eq(actualState, state));
      const waiting = tx
        .select({ id: poolMembers.workspaceId })
        .from(poolMembers)
        .where(eq(poolMembers.workspaceId, id));
      const isNext = after === undefined ? undefined : gt(id, after);
      return selectWorkspaces(tx)
        .where(and(isNext, or(is('running'), is('stopped')), notExists(waiting)))
        .orderBy(id)
        .limit(limit);
    },

    async workspace(id: string): Promise<LifecycleWorkspace | undefined> {
      const [row] = await selectWorkspaces(db).where(eq(workspaces.id, id));
      return row;
    },

    async change(
      { id, organizationId }: Pick<LifecycleWorkspace, 'id' | 'organizationId'>,
      change: LifecycleChange,
      tx: Queryable,
    ): Promise<void> {
      await tx
        .insert(workspaceLifecycles)
        .values({ workspaceId: id, organizationId, ...change })
        .onConflictDoUpdate({ target: workspaceLifecycles.workspaceId, set: change });
    },

    /** Why and when it was stopped last. */
    async lastStop(workspaceId: string) {
      const [row] = await db
        .select({ reason: transitions.reason, at: transitions.finishedAt })
        .from(transitions)
        .where(
          and(
            eq(transitions.workspaceId, workspaceId),
            eq(transitions.kind, 'stop'),
            isNotNull(transitions.finishedAt),
          ),
        )
        .orderBy(desc(transitions.startedAt))
        .limit(1);
      return row;
    },

    /** Stopped for want of use, and neither started nor dormant since. */
    async isAsleep(workspaceId: string): Promise<boolean> {
      const { asleepSince, dormantSince } = workspaceLifecycles;
      const startedSince = db
        .select({ id: transitions.id })
        .from(transitions)
        .where(
          and(
            eq(transitions.workspaceId, workspaceId),
            eq(transitions.kind, 'start'),
            gte(transitions.startedAt, asleepSince),
          ),
        );
      const rows = await db
        .select({ id: workspaces.id })
        .from(workspaces)
        .innerJoin(workspaceLifecycles, eq(workspaceLifecycles.workspaceId, workspaces.id))
        .where(
          and(
            eq(workspaces.id, workspaceId),
            eq(workspaces.desiredState, 'stopped'),
            isNotNull(asleepSince),
            isNull(dormantSince),
            notExists(startedSince),
          ),
        );
      return rows.length > 0;
    },

    /** Later ones win, also over those of another replica; workspaces that are gone are left out. */
    async recordActivity(activity: WorkspaceActivity): Promise<void> {
      const entries = [...activity];
      const times = (source: keyof (typeof entries)[number][1]) =>
        sql`${sql.param(entries.map(([, seen]) => seen[source]?.toISOString() ?? null))}::text[]`;
      const ids = sql.param(entries.map(([id]) => id));
      await db.execute(sql`
        insert into workspace_lifecycles as known
          (workspace_id, organization_id, terminal_at, command_at, ports_at, chat_at, ai_at, cpu_at)
        select workspaces.id, workspaces.organization_id, seen.terminal::timestamptz, seen.command::timestamptz,
          seen.ports::timestamptz, seen.chat::timestamptz, seen.ai::timestamptz, seen.cpu::timestamptz
        from unnest(${ids}::uuid[], ${times('terminal')}, ${times('command')}, ${times('ports')},
            ${times('chat')}, ${times('ai')}, ${times('cpu')})
          as seen (id, terminal, command, ports, chat, ai, cpu)
          join workspaces on workspaces.id = seen.id
        order by workspaces.id
        on conflict (workspace_id) do update set
          terminal_at = greatest(known.terminal_at, excluded.terminal_at),
          command_at = greatest(known.command_at, excluded.command_at),
          ports_at = greatest(known.ports_at, excluded.ports_at),
          chat_at = greatest(known.chat_at, excluded.chat_at),
          ai_at = greatest(known.ai_at, excluded.ai_at),
          cpu_at = greatest(known.cpu_at, excluded.cpu_at)`);
    },
  };
}

function selectWorkspaces(db: Queryable) {
  return db
    .select({
      ...WORKSPACE_COLUMNS,
      lifecycle: workspaceLifecycles,
      templateLifecycle: sql`${templateVersions.definition} -> 'lifecycle'`,
      organizationLifecycle: sql`${organizations.lifecyclePolicy}`,
    })
    .from(workspaces)
    .innerJoin(organizations, eq(organizations.id, workspaces.organizationId))
    .leftJoin(
      templateVersions,
      and(
        eq(templateVersions.templateId, workspaces.templateId),
        eq(templateVersions.number, workspaces.templateVersion),
      ),
    )
    .leftJoin(workspaceLifecycles, eq(workspaceLifecycles.workspaceId, workspaces.id));
}
