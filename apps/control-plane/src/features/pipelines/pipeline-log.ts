import { createMask, type KnownValue } from '@spt-flow/shared/agent-protocol/known-values';
import type { OutputRepository } from './output-repository.ts';

const FLUSH_MS = 200;
const PIECE_CHARACTERS = 16 * 1024;
/** Who prints faster than it is stored, waits. */
const WAITING_CHARACTERS = 256 * 1024;
const MAX_JOB_CHARACTERS = 2 * 1024 * 1024;
const MAX_PIPELINE_CHARACTERS = 8 * 1024 * 1024;

export type LogCoverage = 'whole' | 'cut';

export interface JobLog {
  /** A promise: more than can be stored waits. */
  line(text: string): void | Promise<void>;
  /** Stores what waits. */
  end(): Promise<{ readonly coverage: LogCoverage; readonly bytes: number }>;
  /** The last lines, for people who look for what went wrong. */
  tail(): readonly string[];
}

const TAIL_LINES = 8;
const TAIL_LINE_CHARACTERS = 300;

/**
 * createPipelineLog stores what the jobs of a build print, one job after the other.
 *
 * INVARIANTS: sequences rise by one; no more is kept than the limits of a job and of a build.
 */
export function createPipelineLog(
  pipelineId: string,
  deps: {
    readonly repository: Pick<OutputRepository, 'appendLog'>;
    readonly known: readonly KnownValue[];
    readonly onError: (error: unknown, subject: string) => void;
  },
) {
  const mask = createMask(deps.known);
  let sequence = 0;
  let left = MAX_PIPELINE_CHARACTERS;

  return {
    openJob(jobId: string): JobLog {
      const limit = Math.min(MAX_JOB_CHARACTERS, left);
      const tail: string[] = [];
      let waiting = '';
      let taken = 0;
      let bytes = 0;
      let isCut = false;
      let timer: NodeJS.Timeout | undefined;
      let storing: Promise<void> = Promise.resolve();

      async function store(): Promise<void> {
        clearTimeout(timer);
        timer = undefined;
        while (waiting !== '') {
          const text = waiting.slice(0, PIECE_CHARACTERS);
          waiting = waiting.slice(PIECE_CHARACTERS);
          sequence += 1;
          bytes += Buffer.byteLength(text);
          await deps.repository.appendLog(pipelineId, { sequence, jobId, text });
        }
      }

      function flush(): Promise<void> {
        // What can't be stored must not end a build that works.
        storing = storing.then(store).catch((error: unknown) => {
          isCut = true;
          deps.onError(error, pipelineId);
        });
        return storing;
      }

      function add(text: string): void | Promise<void> {
        waiting += `${text}\n`;
        timer ??= setTimeout(() => void flush(), FLUSH_MS);
        if (waiting.length > PIECE_CHARACTERS) void flush();
        return waiting.length > WAITING_CHARACTERS ? storing : undefined;
      }

      return {
        line(raw) {
          const text = mask(raw).replaceAll('\0', '');
          tail.push(text.slice(0, TAIL_LINE_CHARACTERS));
          if (tail.length > TAIL_LINES) tail.shift();
          if (isCut) return undefined;
          taken += text.length + 1;
          if (taken <= limit) return add(text);
          isCut = true;
          return add(
            `The log is longer than what is kept (${limit} characters): the rest is left out`,
          );
        },
        async end() {
          await flush();
          left -= Math.min(taken, limit);
          return { coverage: isCut ? 'cut' : 'whole', bytes };
        },
        tail: () => tail.filter((text) => text.trim() !== ''),
      };
    },
  };
}

export type PipelineLog = ReturnType<typeof createPipelineLog>;
