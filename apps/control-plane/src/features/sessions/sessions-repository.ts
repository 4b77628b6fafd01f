import {
  and,
  eq,
  getTableColumns,
  inArray,
  isNotNull,
  isNull,
  ne,
  sql,
  type SQL,
} from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { organizations, sessions, workspaces } from '@spt-flow/db/schema';
import type { SessionEnding, SessionKind } from '@spt-flow/shared/api/sessions';
import { hasHandle } from '../../lib/handle.ts';
import { pageOrder } from '../../lib/page-order.ts';
import type { Position } from '../../lib/pagination.ts';
import { visibleTo, type Viewer } from '../project-access/index.ts';
import { registeredReplica } from '../replicas/index.ts';

export type SessionRow = typeof sessions.$inferSelect;
export type SessionsRepository = ReturnType<typeof createSessionsRepository>;

export interface NewSession {
  readonly id: string;
  readonly organizationId: string;
  readonly userId: string;
  readonly userName: string;
  readonly tokenId: string | null;
  readonly workspaceId: string;
  readonly kind: SessionKind;
  readonly terminalId: string | null;
  readonly address: string;
  readonly correlationId: string;
  readonly certificateUntil: Date | null;
  readonly startedAt: Date;
}

export interface Traffic {
  readonly id: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface SessionEnd extends Traffic {
  readonly at: Date;
  readonly reason: SessionEnding;
  /** What became of the recording; undefined: there is none. */
  readonly recording: 'whole' | 'partial' | undefined;
}

export interface SessionFilter {
  readonly viewer: Viewer;
  readonly userId?: string | undefined;
  readonly state?: 'open' | 'over' | undefined;
  readonly kind?: SessionKind | undefined;
  readonly workspace?: string | undefined;
  readonly recorded?: boolean | undefined;
  readonly olderThan?: Position | undefined;
  readonly limit: number;
}

/** Of what nobody carries any more it is not known when it ended. */
const isOpen = and(isNull(sessions.endedAt), isNotNull(sessions.replicaId));
const isLost = and(isNull(sessions.endedAt), isNull(sessions.replicaId));

/** createSessionsRepository knows who is, or was, connected to which workspace. */
export function createSessionsRepository(db: Database) {
  const order = pageOrder(sessions.startedAt, sessions.id);
  const { recordingPolicy } = organizations;

  async function policyOf(organizationId: string) {
    const [row] = await db
      .select({ policy: recordingPolicy })
      .from(organizations)
      .where(eq(organizations.id, organizationId));
    return row?.policy ?? null;
  }

  return {
    policyOf,
    transaction: db.transaction.bind(db),

    /** Stores the beginning, and returns what the organization says about recordings. */
    async open(session: NewSession, replicaId: string) {
      const policy = sql<Record<string, unknown> | null>`(
        select ${recordingPolicy} from ${organizations}
        where ${organizations.id} = ${session.organizationId}::uuid)`;
      const workspaceName = sql<string>`(
        select ${workspaces.name} from ${workspaces} where ${workspaces.id} = ${session.workspaceId}::uuid)`;
      const [row] = await db
        .insert(sessions)
        .values({
          ...{ ...session, workspaceName, seenAt: session.startedAt },
          replicaId: sql`${registeredReplica(replicaId)}`,
        })
        .returning({ policy });
      return row?.policy ?? null;
    },

    /** It goes on, and nothing more of it is recorded. */
    async cutRecording(id: string): Promise<void> {
      await db
        .update(sessions)
        .set({ recording: 'partial' })
        .where(and(eq(sessions.id, id), eq(sessions.recording, 'running')));
    },

    async end({ id, at, reason, recording, ...bytes }: SessionEnd): Promise<void> {
      await db
        .update(sessions)
        .set({
          ...{ endedAt: at, seenAt: at, endReason: reason, replicaId: null, ...bytes },
          ...(recording && { recording }),
        })
        .where(and(eq(sessions.id, id), isNull(sessions.endedAt)));
    },

    async see(all: readonly Traffic[], at: Date): Promise<void> {
      if (all.length === 0) return;
      await db.execute(sql`
        update sessions set seen_at = ${at.toISOString()}::timestamptz,
          bytes_in = seen."bytesIn", bytes_out = seen."bytesOut"
        from jsonb_to_recordset(${JSON.stringify(all)}::jsonb)
          as seen (id uuid, "bytesIn" bigint, "bytesOut" bigint)
        where sessions.id = seen.id and ended_at is null`);
    },

    /** Ends what nobody carries any more, at the time when it was last seen. */
    async endLost(tx: Queryable): Promise<SessionRow[]> {
      return tx
        .update(sessions)
        .set({
          endedAt: sql`${sessions.seenAt}`,
          endReason: 'lost',
          recording: sql`case when ${sessions.recording} = 'running' then 'partial' else ${sessions.recording} end`,
        })
        .where(isLost)
        .returning();
    },

    async find(organizationId: string, id: string): Promise<SessionRow | undefined> {
      const [row] = await db
        .select()
        .from(sessions)
        .where(and(eq(sessions.organizationId, organizationId), eq(sessions.id, id)));
      return row;
    },

    async list(filter: SessionFilter): Promise<SessionRow[]> {
      return db
        .select(getTableColumns(sessions))
        .from(sessions)
        .leftJoin(workspaces, eq(workspaces.id, sessions.workspaceId))
        .where(and(...conditions(filter), filter.olderThan && order.olderThan(filter.olderThan)))
        .orderBy(...order.orderBy)
        .limit(filter.limit);
    },

    /** Says who wants it to end, for whoever carries it. */
    async wantEnd(id: string, by: string): Promise<void> {
      await db
        .update(sessions)
        .set({ endedBy: by })
        .where(and(eq(sessions.id, id), isNull(sessions.endedAt)));
    },

    /** Of these, those that somebody wants to end. */
    async wantedToEnd(ids: readonly string[]): Promise<string[]> {
      const rows = await db
        .select({ id: sessions.id })
        .from(sessions)
        .where(and(inArray(sessions.id, [...ids]), isNotNull(sessions.endedBy)));
      return rows.map(({ id }) => id);
    },
  };
}

function conditions(filter: SessionFilter): (SQL | undefined)[] {
  const { viewer, userId, state, kind, workspace, recorded } = filter;
  return [
    eq(sessions.organizationId, viewer.organizationId),
    visibleTo(viewer, workspaces.projectId),
    userId === undefined ? undefined : eq(sessions.userId, userId),
    state === undefined ? undefined : state === 'open' ? isOpen : sql`not (${isOpen})`,
    kind === undefined ? undefined : eq(sessions.kind, kind),
    // By their names also those of workspaces that are deleted.
    workspace === undefined
      ? undefined
      : hasHandle({ name: sessions.workspaceName, id: sessions.workspaceId }, workspace),
    recorded === true ? ne(sessions.recording, 'none') : undefined,
  ];
}
