import type { Database } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LiveSession } from './live-session.ts';
import { startRecorder } from './recorder.ts';
import { createRecordingChain } from './recording-chain.ts';
import {
  createRecordingPolicies,
  readRecordingPolicy,
  type RecordingLimits,
} from './recording-policy.ts';
import { readRecording } from './recording-reader.ts';
import { createRecordingsRepository } from './recordings-repository.ts';
import { createSessionDesk, type SessionOpening } from './session-desk.ts';
import { createSessionsRepository, type SessionsRepository } from './sessions-repository.ts';
import { createSessionsService } from './sessions-service.ts';

export interface SessionsDeps {
  readonly db: Database;
  /** Of this process, as the others know it. */
  readonly replicaId: string;
  readonly secretKey: string;
  readonly limits: RecordingLimits;
  /** Tells a topic to all replicas, this one included. */
  readonly announce: (topic: string) => Promise<unknown>;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly onError: (error: unknown, subject?: unknown) => void;
}

/** OpenSessions is what those need who carry connections. */
export interface OpenSessions {
  /** Stores that a connection begins; AppError `recording_unavailable` where it can't be recorded and has to be. */
  open(opening: SessionOpening): Promise<LiveSession>;
  /** AppError `session_unrecordable` where all sessions have to be recorded: for those that can't be. */
  admitUnrecorded(organizationId: string): Promise<void>;
}

export type Sessions = ReturnType<typeof createSessions>;

/** createSessions puts the feature together. */
export function createSessions(deps: SessionsDeps) {
  const { db, clock, audit, limits, onError } = deps;
  const repository = createSessionsRepository(db);
  const recordings = createRecordingsRepository(db);
  const chain = createRecordingChain(deps.secretKey);
  const desk = createSessionDesk({
    ...{ repository, clock, onError, replicaId: deps.replicaId },
    onRecorded: (organizationId) =>
      recordings.keepToSize(organizationId, clock.now(), limits.maxBytes),
    async record(sessionId, options) {
      const store = recordings.append.bind(undefined, sessionId);
      return startRecorder({ ...options, sessionId, chain, clock, store });
    },
  });

  const open: OpenSessions = {
    open: desk.open,
    async admitUnrecorded(organizationId) {
      const { mode } = readRecordingPolicy(await repository.policyOf(organizationId));
      if (mode === 'required') throw new AppError('session_unrecordable');
    },
  };

  return {
    ...open,
    service: createSessionsService({
      ...{ repository, audit, clock, announce: deps.announce },
      readRecording: (recording) => readRecording({ repository: recordings, chain }, recording),
    }),
    policies: createRecordingPolicies({ recordings, sessions: repository, limits, audit }),
    onNotice: desk.onNotice,
    checkAll: desk.checkAll,
    see: desk.see,
    endLost: () => endLost(repository, audit),
    removeAged: () => recordings.removeAged(clock.now(), limits.keepDays),
    close: desk.close,
  };
}

/** Of these nobody else says that they are over. */
async function endLost(repository: SessionsRepository, audit: Audit): Promise<void> {
  await repository.transaction(async (tx) => {
    const lost = await repository.endLost(tx);
    const entries = lost.map(({ id, organizationId, correlationId, ...row }) => ({
      ...{ organizationId, correlationId, principal: 'system' },
      ...{ action: 'session.lose', target: `session:${id}` },
      detail: { kind: row.kind, workspaceId: row.workspaceId, userId: row.userId },
    }));
    await audit.recordAll(entries, tx);
  });
}
