import { sql } from 'drizzle-orm';
import { bigint, index, integer, pgTable, primaryKey, uuid, varchar } from 'drizzle-orm/pg-core';
import { bytes, idColumn, instant } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { replicas } from './replicas.ts';
import { users } from './users.ts';
import { workspaces } from './workspaces.ts';

/** Every connection of a person or token into a workspace, from its start on. */
export const sessions = pgTable(
  'sessions',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** As they were called then. */
    userName: varchar('user_name', { length: 255 }).notNull(),
    /** The token that was used, where it was no login. */
    tokenId: uuid('token_id'),
    /** Null: it is deleted. */
    workspaceId: uuid('workspace_id').references(() => workspaces.id, { onDelete: 'set null' }),
    workspaceName: varchar('workspace_name', { length: 255 }).notNull(),
    kind: varchar('kind', {
      length: 20,
      enum: ['terminal', 'follower', 'command', 'ssh', 'port-forward'],
    }).notNull(),
    /** Of the terminal, whichever session it is seen through. */
    terminalId: uuid('terminal_id'),
    address: varchar('address', { length: 64 }).notNull(),
    correlationId: varchar('correlation_id', { length: 64 }).notNull(),
    /** Who carries it; null when it is over. Null without an end: whoever did is gone. */
    replicaId: uuid('replica_id').references(() => replicas.id, { onDelete: 'set null' }),
    startedAt: instant('started_at').notNull(),
    /** When it was last known to be there. */
    seenAt: instant('seen_at').notNull(),
    endedAt: instant('ended_at'),
    endReason: varchar('end_reason', {
      length: 20,
      enum: ['left', 'exited', 'ended', 'revoked', 'failed', 'unrecorded', 'stopped', 'lost'],
    }),
    /** Who wants it to end, as soon as they said so. */
    endedBy: varchar('ended_by', { length: 255 }),
    bytesIn: bigint('bytes_in', { mode: 'number' }).notNull().default(0),
    bytesOut: bigint('bytes_out', { mode: 'number' }).notNull().default(0),
    /** Until then the certificate opens another connection to the workspace. */
    certificateUntil: instant('certificate_until'),
    recording: varchar('recording', {
      length: 20,
      enum: ['none', 'running', 'whole', 'partial', 'removed'],
    })
      .notNull()
      .default('none'),
    /** Of what is stored. */
    recordingBytes: bigint('recording_bytes', { mode: 'number' }).notNull().default(0),
    recordingRemovedAt: instant('recording_removed_at'),
    recordingRemovedFor: varchar('recording_removed_for', { length: 20, enum: ['age', 'size'] }),
  },
  (table) => [
    index('idx_sessions_organization').on(table.organizationId, table.startedAt),
    index('idx_sessions_recorded')
      .on(table.organizationId, table.startedAt)
      .where(sql`${table.recording} <> 'none'`),
    index('idx_sessions_open')
      .on(table.startedAt)
      .where(sql`${table.endedAt} is null`),
    index('idx_sessions_replica')
      .on(table.replicaId)
      .where(sql`${table.replicaId} is not null`),
    index('idx_sessions_user').on(table.userId, table.startedAt),
    index('idx_sessions_workspace').on(table.workspaceId),
  ],
);

/** What was shown in a session, in pieces of frames; rows are only added, and removed with all of the recording. */
export const recordingChunks = pgTable(
  'recording_chunks',
  {
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    sequence: integer('sequence').notNull(),
    frames: bytes('frames').notNull(),
    /** Over this piece and the hash before it. */
    hash: bytes('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.sequence] })],
);
