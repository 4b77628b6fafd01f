import { and, asc, count, eq, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { agentRolloutMembers, agentRollouts, agents, workspaces } from '@spt-flow/db/schema';
import { pageOrder } from '../../lib/page-order.ts';
import type { Position } from '../../lib/pagination.ts';
import { visibleTo, type Viewer } from '../project-access/index.ts';
import type { MemberState } from './rollout-gate.ts';

export type RolloutRow = typeof agentRollouts.$inferSelect;
export type MemberRow = typeof agentRolloutMembers.$inferSelect;
type NewRollout = typeof agentRollouts.$inferInsert;
type NewMember = typeof agentRolloutMembers.$inferInsert;
export type RolloutState = RolloutRow['state'];

const ORDER = pageOrder(agentRollouts.createdAt, agentRollouts.id);
const ROWS_AT_ONCE = 1_000;
const MAX_LISTED = 1_000;
const FAILED_FIRST = sql`array_position(array['failed','trying','updating','unable','waiting','done'], ${agentRolloutMembers.state}::text)`;

export type RolloutsRepository = ReturnType<typeof createRolloutsRepository>;

export function createRolloutsRepository(db: Database) {
  /** Agents of machines that somebody joined: all others come with their workspace. */
  const ofServers = and(eq(workspaces.provider, 'server'), isNull(agents.revokedAt));

  return {
    transaction: db.transaction.bind(db),

    async servers(organizationId: string) {
      return db
        .select({ workspaceId: workspaces.id, name: workspaces.name, version: agents.version })
        .from(agents)
        .innerJoin(workspaces, eq(workspaces.id, agents.workspaceId))
        .where(and(eq(agents.organizationId, organizationId), ofServers))
        .orderBy(asc(workspaces.id));
    },

    async insert(
      rollout: NewRollout,
      members: readonly Omit<NewMember, 'rolloutId'>[],
      tx: Queryable,
    ): Promise<RolloutRow> {
      const [row] = await tx.insert(agentRollouts).values(rollout).returning();
      if (!row) throw new Error('insert returned no row');
      for (let start = 0; start < members.length; start += ROWS_AT_ONCE) {
        const some = members.slice(start, start + ROWS_AT_ONCE);
        await tx
          .insert(agentRolloutMembers)
          .values(some.map((member) => ({ ...member, rolloutId: row.id })));
      }
      return row;
    },

    /** What was under way or waiting gives way to another one. */
    async supersede(organizationId: string, tx: Queryable): Promise<void> {
      await tx
        .update(agentRollouts)
        .set({ state: 'superseded' })
        .where(
          and(
            eq(agentRollouts.organizationId, organizationId),
            inArray(agentRollouts.state, ['running', 'paused', 'halted', 'completed']),
          ),
        );
    },

    async find(organizationId: string, id: string) {
      const [row] = await db
        .select()
        .from(agentRollouts)
        .where(and(eq(agentRollouts.organizationId, organizationId), eq(agentRollouts.id, id)));
      return row;
    },

    async list(organizationId: string, page: { position?: Position | undefined; limit: number }) {
      return db
        .select()
        .from(agentRollouts)
        .where(
          and(
            eq(agentRollouts.organizationId, organizationId),
            page.position && ORDER.olderThan(page.position),
          ),
        )
        .orderBy(...ORDER.orderBy)
        .limit(page.limit);
    },

    /** A completed one goes on for those who were away. */
    async active(): Promise<RolloutRow[]> {
      return db
        .select()
        .from(agentRollouts)
        .where(inArray(agentRollouts.state, ['running', 'completed']));
    },

    /** Compare-and-set: undefined when it says something else by now. */
    async change(
      { id, state, stage }: Pick<RolloutRow, 'id' | 'state' | 'stage'>,
      values: Partial<Pick<RolloutRow, 'state' | 'stage' | 'reason'>>,
      tx: Queryable,
    ): Promise<RolloutRow | undefined> {
      const [row] = await tx
        .update(agentRollouts)
        .set(values)
        .where(
          and(
            eq(agentRollouts.id, id),
            eq(agentRollouts.state, state),
            eq(agentRollouts.stage, stage),
          ),
        )
        .returning();
      return row;
    },

    async counts(rolloutIds: readonly string[]) {
      const { rolloutId, stage, state } = agentRolloutMembers;
      return db
        .select({ rolloutId, stage, state, count: count() })
        .from(agentRolloutMembers)
        .where(inArray(rolloutId, [...rolloutIds]))
        .groupBy(rolloutId, stage, state);
    },

    async members(rolloutId: string, viewer: Viewer) {
      return db
        .select({ member: agentRolloutMembers, name: workspaces.name, version: agents.version })
        .from(agentRolloutMembers)
        .innerJoin(workspaces, eq(workspaces.id, agentRolloutMembers.workspaceId))
        .leftJoin(agents, and(eq(agents.workspaceId, workspaces.id), isNull(agents.revokedAt)))
        .where(
          and(
            eq(agentRolloutMembers.rolloutId, rolloutId),
            visibleTo(viewer, workspaces.projectId),
          ),
        )
        .orderBy(FAILED_FIRST, asc(workspaces.name))
        .limit(MAX_LISTED);
    },

    async ofStates(rolloutId: string, states: readonly MemberState[]) {
      return db
        .select()
        .from(agentRolloutMembers)
        .where(
          and(
            eq(agentRolloutMembers.rolloutId, rolloutId),
            inArray(agentRolloutMembers.state, [...states]),
          ),
        );
    },

    /** Workspaces that wait in a stage that is open. */
    async waiting({ id, stage }: Pick<RolloutRow, 'id' | 'stage'>): Promise<string[]> {
      const rows = await db
        .select({ workspaceId: agentRolloutMembers.workspaceId })
        .from(agentRolloutMembers)
        .where(
          and(
            eq(agentRolloutMembers.rolloutId, id),
            eq(agentRolloutMembers.state, 'waiting'),
            lt(agentRolloutMembers.stage, stage + 1),
          ),
        )
        .orderBy(asc(agentRolloutMembers.attempts), asc(agentRolloutMembers.workspaceId));
      return rows.map(({ workspaceId }) => workspaceId);
    },

    /** Those that this caller may update now: nobody else gets them. */
    async claim(rolloutId: string, workspaceIds: readonly string[], now: Date) {
      return db
        .update(agentRolloutMembers)
        .set({
          state: 'updating',
          changedAt: now,
          attempts: sql`${agentRolloutMembers.attempts} + 1`,
        })
        .where(
          and(
            eq(agentRolloutMembers.rolloutId, rolloutId),
            inArray(agentRolloutMembers.workspaceId, [...workspaceIds]),
            eq(agentRolloutMembers.state, 'waiting'),
          ),
        )
        .returning();
    },

    async settle(
      member: Pick<MemberRow, 'rolloutId' | 'workspaceId'>,
      values: Pick<NewMember, 'state' | 'reason' | 'changedAt'>,
    ): Promise<void> {
      await db
        .update(agentRolloutMembers)
        .set(values)
        .where(
          and(
            eq(agentRolloutMembers.rolloutId, member.rolloutId),
            eq(agentRolloutMembers.workspaceId, member.workspaceId),
            eq(agentRolloutMembers.state, 'updating'),
          ),
        );
    },

    /** An agent tells what became of its new version; it may have been given up meanwhile. */
    async conclude(
      { workspaceId, version, silent }: { workspaceId: string; version: string; silent: string },
      values: Pick<NewMember, 'state' | 'reason' | 'changedAt'>,
    ): Promise<string[]> {
      const rows = await db
        .update(agentRolloutMembers)
        .set(values)
        .where(
          and(
            eq(agentRolloutMembers.workspaceId, workspaceId),
            eq(agentRolloutMembers.targetVersion, version),
            or(eq(agentRolloutMembers.state, 'trying'), eq(agentRolloutMembers.reason, silent)),
          ),
        )
        .returning({ rolloutId: agentRolloutMembers.rolloutId });
      return rows.map(({ rolloutId }) => rolloutId);
    },

    /** Still at it. */
    async touch(rolloutId: string, workspaceIds: readonly string[], now: Date): Promise<void> {
      await db
        .update(agentRolloutMembers)
        .set({ changedAt: now })
        .where(
          and(
            eq(agentRolloutMembers.rolloutId, rolloutId),
            inArray(agentRolloutMembers.workspaceId, [...workspaceIds]),
            eq(agentRolloutMembers.state, 'updating'),
          ),
        );
    },

    /** Moves those on that have been in a state since before. */
    async expire(
      { from, since }: { from: MemberState; since: Date },
      values: Pick<NewMember, 'state' | 'reason' | 'changedAt'>,
    ): Promise<void> {
      await db
        .update(agentRolloutMembers)
        .set(values)
        .where(and(eq(agentRolloutMembers.state, from), lt(agentRolloutMembers.changedAt, since)));
    },

    async retryFailed(rolloutId: string, now: Date, tx: Queryable): Promise<void> {
      await tx
        .update(agentRolloutMembers)
        .set({ state: 'waiting', reason: null, attempts: 0, changedAt: now })
        .where(
          and(
            eq(agentRolloutMembers.rolloutId, rolloutId),
            inArray(agentRolloutMembers.state, ['failed', 'unable']),
          ),
        );
    },

    /** Servers that joined since, in the last stage. */
    async addNewcomers({ id, organizationId, version, stages }: RolloutRow, now: Date) {
      await db
        .insert(agentRolloutMembers)
        .select(
          db
            .select({
              rolloutId: sql`${id}::uuid`.as('rollout_id'),
              workspaceId: workspaces.id,
              organizationId: agents.organizationId,
              stage: sql`${stages.length - 1}::int`.as('stage'),
              state: sql`'waiting'`.as('state'),
              fromVersion: agents.version,
              targetVersion: sql`${version}`.as('target_version'),
              reason: sql`null`.as('reason'),
              attempts: sql`0`.as('attempts'),
              changedAt: sql`${now.toISOString()}::timestamptz`.as('changed_at'),
            })
            .from(agents)
            .innerJoin(workspaces, eq(workspaces.id, agents.workspaceId))
            .where(
              and(
                eq(agents.organizationId, organizationId),
                ofServers,
                ne(agents.version, version),
              ),
            ),
        )
        .onConflictDoNothing();
    },
  };
}
