import type { Mask } from '@spt-flow/shared/agent-protocol/known-values';
import { withFewMarks } from '@spt-flow/shared/domain/marks';
import type { OutputRepository } from './output-repository.ts';

const FLUSH_MS = 200;
const PIECE_CHARACTERS = 16 * 1024;
/** Who prints faster than it is stored, waits. */
const WAITING_CHARACTERS = 256 * 1024;
/** Of a line, once it is masked. */
const MAX_LINE_CHARACTERS = 8 * 1024;
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
 * createPipelineLog stores what the jobs of a build print, however many of them at once.
 *
 * INVARIANTS: sequences rise by one and are stored in that order, because who follows asks for what comes after the last
 * one; no more is kept than the limits of a job and of a build.
 */
export function createPipelineLog(
  pipelineId: string,
  deps: {
    readonly repository: Pick<OutputRepository, 'appendLog'>;
    readonly mask: Mask;
    readonly onError: (error: unknown, subject: string) => void;
  },
) {
  let sequence = 0;
  let left = MAX_PIPELINE_CHARACTERS;
  let storing: Promise<void> = Promise.resolve();

  function append(jobId: string, text: string): Promise<boolean> {
    sequence += 1;
    return deps.repository.appendLog(pipelineId, { sequence, jobId, text });
  }

  return {
    openJob(jobId: string): JobLog {
      const tail: string[] = [];
      let waiting = '';
      let jobLeft = MAX_JOB_CHARACTERS;
      let bytes = 0;
      let isCut = false;
      let timer: NodeJS.Timeout | undefined;

      async function store(): Promise<void> {
        clearTimeout(timer);
        timer = undefined;
        while (waiting !== '') {
          // Whole lines: none is longer than a piece.
          const end = waiting.lastIndexOf('\n', PIECE_CHARACTERS - 1) + 1;
          const text = waiting.slice(0, end);
          waiting = waiting.slice(end);
          bytes += Buffer.byteLength(text);
          await append(jobId, text);
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
          const masked = deps.mask(raw).replaceAll('\0', '').slice(0, MAX_LINE_CHARACTERS);
          const text = withFewMarks(masked);
          tail.push(text.slice(0, TAIL_LINE_CHARACTERS));
          if (tail.length > TAIL_LINES) tail.shift();
          if (isCut) return undefined;
          const taken = text.length + 1;
          isCut = taken > Math.min(left, jobLeft);
          if (isCut) return add('The log is longer than what is kept: the rest is left out');
          left -= taken;
          jobLeft -= taken;
          return add(text);
        },
        async end() {
          await flush();
          return { coverage: isCut ? 'cut' : 'whole', bytes };
        },
        tail: () => tail.filter((text) => text.trim() !== ''),
      };
    },
  };
}

export type PipelineLog = ReturnType<typeof createPipelineLog>;
