import type { SessionEnding } from '@spt-flow/shared/api/sessions';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { RecordingMode } from '@spt-flow/shared/domain/recording-policy';
import type { Recorder, RecorderDeps, Size } from './recorder.ts';
import type { SessionEnd } from './sessions-repository.ts';

/** LiveSession is one that this process carries. */
export interface LiveSession {
  readonly id: string;
  /** Undefined: nothing of it is recorded, or nothing more. */
  readonly recorder: Recorder | undefined;
  /** Counted by who carries the bytes. */
  bytesIn: number;
  bytesOut: number;
  /** Why it ends; the first reason counts. Without one, its client left. */
  because(reason: SessionEnding): void;
  /** It is over. Resolves when that is stored. */
  close(exitCode?: number): Promise<void>;
}

export interface LiveSessionDeps {
  readonly id: string;
  readonly mode: RecordingMode;
  /** Closes the connection, with the reason for who is at its other end. */
  readonly end: (reason: AppError) => void;
  /** It goes on, and is recorded no more. */
  readonly onUnrecorded: () => void;
  readonly record: (options: Pick<RecorderDeps, 'size' | 'onFailed'>) => Promise<Recorder>;
  readonly storeEnd: (end: Omit<SessionEnd, 'at'>) => Promise<void>;
  readonly onError: (error: unknown, subject?: unknown) => void;
}

export interface RecordableSession extends LiveSession {
  /** AppError `recording_unavailable` where it has to be recorded, and can't be. */
  startRecording(size: Size): Promise<void>;
}

export function createLiveSession(deps: LiveSessionDeps): RecordableSession {
  const { id } = deps;
  let reason: SessionEnding | undefined;
  let recorder: Recorder | undefined;
  let isCut = false;
  let closing: Promise<void> | undefined;

  function onFailed(error: unknown): void {
    recorder = undefined;
    isCut = true;
    deps.onError(error, id);
    if (deps.mode !== 'required') return deps.onUnrecorded();
    session.because('unrecorded');
    deps.end(new AppError('recording_unavailable', undefined, { cause: error }));
  }

  async function finish(exitCode: number | undefined): Promise<void> {
    const isWhole = await recorder?.finish(exitCode);
    const { bytesIn, bytesOut } = session;
    await deps.storeEnd({
      ...{ id, bytesIn, bytesOut, reason: reason ?? 'left' },
      recording: isCut ? 'partial' : isWhole ? 'whole' : undefined,
    });
  }

  const session: RecordableSession = {
    ...{ id, bytesIn: 0, bytesOut: 0 },
    get recorder() {
      return recorder;
    },
    because: (next) => void (reason ??= next),
    close: (exitCode) => (closing ??= finish(exitCode)),

    async startRecording(size) {
      try {
        recorder = await deps.record({ size, onFailed });
      } catch (error) {
        deps.onError(error, id);
        if (deps.mode !== 'required') return;
        session.because('unrecorded');
        throw new AppError('recording_unavailable', undefined, { cause: error });
      }
    },
  };
  return session;
}
