import { setTimeout as delay } from 'node:timers/promises';
import type { RouteData } from '@spt-flow/shared/api/route';
import type { Session, SessionEnd, sessionRoutes } from '@spt-flow/shared/api/sessions';
import { AppError } from '@spt-flow/shared/domain/errors';
import { permits } from '@spt-flow/shared/domain/roles';
import type * as z from 'zod';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { decodeCursor, toPage } from '../../lib/pagination.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { writeAsciicast } from './asciicast.ts';
import type { RecordedEvent, StoredRecording } from './recording-reader.ts';
import { endTopic } from './session-desk.ts';
import type { SessionRow, SessionsRepository } from './sessions-repository.ts';

/** Within this time it is waited for whoever carries a session. */
const END_TIMEOUT_MS = 5_000;
const LOOK_INTERVAL_MS = 50;

type ListQuery = z.output<typeof sessionRoutes.list.query>;

export interface SessionsServiceDeps {
  readonly repository: Pick<SessionsRepository, 'list' | 'find' | 'wantEnd'>;
  readonly readRecording: (recording: StoredRecording) => AsyncIterable<RecordedEvent>;
  /** Tells a topic to all replicas, this one included. */
  readonly announce: (topic: string) => Promise<unknown>;
  readonly audit: Audit;
  readonly clock: Clock;
}

export interface SessionCall {
  readonly principal: Principal;
  readonly correlationId: string;
}

export interface RecordingFile {
  readonly lines: AsyncIterable<string>;
  readonly fileName: string;
}

/** createSessionsService shows people their own sessions, and admins those of the organization; both can end them. */
export function createSessionsService(deps: SessionsServiceDeps) {
  const { repository, audit, clock } = deps;

  /** Those of others do not exist for who may not see them. */
  async function find(
    { organizationId, ...principal }: Principal,
    id: string,
  ): Promise<SessionRow> {
    const row = await repository.find(organizationId, id);
    if (row && (row.userId === principal.userId || permits(principal.scope, 'admin'))) return row;
    throw new AppError('not_found', 'There is no such session');
  }

  async function untilOver(principal: Principal, id: string): Promise<SessionRow> {
    const untilMs = clock.monotonicMs() + END_TIMEOUT_MS;
    for (;;) {
      const row = await find(principal, id);
      if (toApi(row).endedAt !== null || clock.monotonicMs() > untilMs) return row;
      await delay(LOOK_INTERVAL_MS);
    }
  }

  async function list(
    viewer: Principal,
    { cursor, ...query }: ListQuery,
  ): Promise<RouteData<typeof sessionRoutes.list>> {
    const rows = await repository.list({
      ...{ ...query, viewer, limit: query.limit + 1 },
      userId: permits(viewer.scope, 'admin') ? query.userId : viewer.userId,
      olderThan: decodeCursor(cursor),
    });
    const { items, nextCursor } = toPage(rows, query.limit, (row) => row.startedAt);
    return { items: items.map(toApi), nextCursor };
  }

  return {
    list,
    get: async (principal: Principal, id: string) => toApi(await find(principal, id)),

    async end({ principal, correlationId }: SessionCall, id: string): Promise<SessionEnd> {
      const before = await find(principal, id);
      const { kind, workspaceId, userId } = before;
      await audit.record({
        ...{ organizationId: principal.organizationId, principal: auditName(principal) },
        ...{ action: 'session.end', target: `session:${id}`, correlationId },
        detail: { kind, workspaceId, userId },
      });
      if (toApi(before).endedAt === null) {
        await repository.wantEnd(id, principal.userName);
        await deps.announce(endTopic(id));
      }
      const row = await untilOver(principal, id);
      const session = toApi(row);
      const isOver = session.endedAt !== null;
      return { session, isOver, stillAlive: survivorsOf(row, clock.now()) };
    },

    /** Who looks is noted: recordings show what others did. */
    async recording(
      { principal, correlationId }: SessionCall,
      { id, version }: { id: string; version: '2' | '3' },
    ): Promise<RecordingFile> {
      const row = await find(principal, id);
      if (row.recording === 'none') throw new AppError('not_found', 'The session was not recorded');
      if (row.recording === 'removed')
        throw new AppError('not_found', 'The recording is no longer kept');
      await audit.record({
        ...{ organizationId: principal.organizationId, principal: auditName(principal) },
        ...{ action: 'recording.read', target: `session:${id}`, correlationId },
      });
      const head = {
        startedAt: row.startedAt,
        title: `${row.userName} in ${row.workspaceName}`,
        isPiped: row.kind === 'command',
      };
      const events = deps.readRecording({
        sessionId: id,
        isRunning: toApi(row).recording.state === 'running',
      });
      return {
        lines: writeAsciicast(events, head, version),
        fileName: `${id}.cast`,
      };
    },
  };
}

function survivorsOf(row: SessionRow, now: Date): SessionEnd['stillAlive'] {
  const { kind, certificateUntil, endReason } = row;
  const isTerminal = (kind === 'terminal' || kind === 'follower') && endReason !== 'exited';
  return [
    ...(isTerminal ? [{ what: 'terminal' as const, until: null }] : []),
    ...(kind === 'ssh' ? [{ what: 'background' as const, until: null }] : []),
    ...(certificateUntil && certificateUntil > now
      ? [{ what: 'certificate' as const, until: certificateUntil.toISOString() }]
      : []),
    ...(endReason === 'revoked' ? [] : [{ what: 'sign-in' as const, until: null }]),
  ];
}

function toApi(row: SessionRow): Session {
  // Nobody carries it, and nobody has ended it yet: so it was lost.
  const isLost = row.endedAt === null && row.replicaId === null;
  const endedAt = isLost ? row.seenAt : row.endedAt;
  const { id, userId, userName, workspaceId, workspaceName, kind, terminalId, address } = row;
  return {
    ...{ id, userId, userName, workspaceId, workspaceName, kind, terminalId, address },
    byToken: row.tokenId !== null,
    startedAt: row.startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    endReason: isLost ? 'lost' : row.endReason,
    endedBy: row.endReason === 'ended' ? row.endedBy : null,
    bytesIn: row.bytesIn,
    bytesOut: row.bytesOut,
    recording: {
      state: isLost && row.recording === 'running' ? 'partial' : row.recording,
      bytes: row.recordingBytes,
      removedAt: row.recordingRemovedAt?.toISOString() ?? null,
      removedFor: row.recordingRemovedFor,
    },
  };
}
