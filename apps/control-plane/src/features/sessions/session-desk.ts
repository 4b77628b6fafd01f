import { randomUUID } from 'node:crypto';
import type { SessionKind } from '@spt-flow/shared/api/sessions';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Clock } from '../../lib/clock.ts';
import type { Principal } from '../../lib/principal.ts';
import { createLiveSession, type LiveSession, type RecordableSession } from './live-session.ts';
import type { Recorder, RecorderDeps, Size } from './recorder.ts';
import { readRecordingPolicy } from './recording-policy.ts';
import type { NewSession, SessionEnd, SessionsRepository } from './sessions-repository.ts';

/** How often it is stored that sessions are still there, and what went through them. */
const SEEN_INTERVAL_MS = 15_000;
const TOPIC = /^session-end:([0-9a-f-]{36})$/;

/** endTopic tells all replicas that somebody wants a session to end. */
export function endTopic(sessionId: string): string {
  return `session-end:${sessionId}`;
}

export interface SessionOpening {
  /** A fresh one unless told. */
  readonly id?: string;
  readonly principal: Principal;
  readonly workspaceId: string;
  readonly kind: SessionKind;
  readonly address: string;
  readonly correlationId: string;
  readonly terminalId?: string;
  readonly certificateUntil?: Date;
  /** What is shown can be recorded, and begins in this size. */
  readonly shows?: Size;
  /** Closes the connection, with the reason for who is at its other end. */
  readonly end: (reason: AppError) => void;
  /** It goes on, and is recorded no more. */
  readonly onUnrecorded?: () => void;
}

export interface SessionDeskDeps {
  readonly replicaId: string;
  readonly repository: Pick<
    SessionsRepository,
    'open' | 'cutRecording' | 'end' | 'see' | 'wantedToEnd'
  >;
  readonly record: (
    sessionId: string,
    options: Pick<RecorderDeps, 'size' | 'onFailed'>,
  ) => Promise<Recorder>;
  /** A recording of the organization is over. */
  readonly onRecorded: (organizationId: string) => Promise<void>;
  readonly clock: Clock;
  readonly onError: (error: unknown, subject?: unknown) => void;
}

interface Carried {
  readonly session: LiveSession;
  readonly end: SessionOpening['end'];
}

/** createSessionDesk knows the sessions that this process carries, and stores when each begins and ends. */
export function createSessionDesk(deps: SessionDeskDeps) {
  const { repository, clock, onError } = deps;
  const carried = new Map<string, Carried>();
  /** Ends that could not be stored yet. */
  const owed = new Map<string, SessionEnd>();

  async function open(opening: SessionOpening): Promise<LiveSession> {
    const { id = randomUUID() } = opening;
    const stored = await repository.open(rowOf(id, opening), deps.replicaId);
    const { mode } = readRecordingPolicy(stored);
    const session = carry(id, { opening, mode });
    if (mode === 'off' || !opening.shows) return session;
    try {
      await session.startRecording(opening.shows);
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  function rowOf(id: string, opening: SessionOpening): NewSession {
    const { principal, workspaceId, kind, address, correlationId } = opening;
    const { organizationId, userId, userName, via } = principal;
    return {
      ...{ id, organizationId, userId, userName, workspaceId, kind, correlationId },
      address: address.slice(0, MAX_ADDRESS_LENGTH),
      tokenId: via.kind === 'token' ? via.id : null,
      terminalId: opening.terminalId ?? null,
      certificateUntil: opening.certificateUntil ?? null,
      startedAt: clock.now(),
    };
  }

  function carry(
    id: string,
    {
      opening,
      mode,
    }: { opening: SessionOpening; mode: ReturnType<typeof readRecordingPolicy>['mode'] },
  ): RecordableSession {
    const { organizationId } = opening.principal;
    const session = createLiveSession({
      ...{ id, mode, end: opening.end, onError },
      record: (options) => deps.record(id, options),
      onUnrecorded() {
        repository.cutRecording(id).catch(onError);
        opening.onUnrecorded?.();
      },
      async storeEnd(end) {
        carried.delete(id);
        await storeEnd({ ...end, at: clock.now() });
        if (end.recording) await deps.onRecorded(organizationId).catch(onError);
      },
    });
    carried.set(id, { session, end: opening.end });
    return session;
  }

  async function storeEnd(end: SessionEnd): Promise<void> {
    try {
      await repository.end(end);
      owed.delete(end.id);
    } catch (error) {
      owed.set(end.id, end);
      onError(error, end.id);
    }
  }

  function endHere(id: string): void {
    const found = carried.get(id);
    found?.session.because('ended');
    found?.end(new AppError('session_ended'));
  }

  async function see(): Promise<void> {
    for (const end of owed.values()) await storeEnd(end);
    const traffic = [...carried.values()].map(({ session: { id, bytesIn, bytesOut } }) => ({
      ...{ id, bytesIn, bytesOut },
    }));
    await repository.see(traffic, clock.now());
  }

  const timer = setInterval(() => void see().catch(onError), SEEN_INTERVAL_MS).unref();
  return {
    open,
    see,

    onNotice(topic: string): void {
      const id = TOPIC.exec(topic)?.[1];
      if (id !== undefined) endHere(id);
    },

    /** Notices may have been missed. */
    checkAll(): void {
      if (carried.size === 0) return;
      repository.wantedToEnd([...carried.keys()]).then((ids) => ids.forEach(endHere), onError);
    },

    /** Stores the end of all; their connections end with the process. */
    async close(): Promise<void> {
      clearInterval(timer);
      const sessions = [...carried.values()].map(({ session }) => session);
      for (const session of sessions) session.because('stopped');
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}

/** An IPv6 address with its zone. */
const MAX_ADDRESS_LENGTH = 64;
