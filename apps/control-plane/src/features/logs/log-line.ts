import type { SpoolPosition } from '@spt-flow/shared/agent-protocol/events';
import type { LOG_LEVELS } from '@spt-flow/shared/api/logs';
import { withFewMarks } from '@spt-flow/shared/domain/marks';
import { redact } from '../../lib/redact.ts';

export type LogLevel = (typeof LOG_LEVELS)[number];

/** LogInput is a line as its writer gives it. */
export interface LogInput {
  readonly source: string;
  readonly level: LogLevel;
  readonly text: string;
  /** Milliseconds since the epoch on the writer's clock; absent: now. */
  readonly at?: number;
  readonly correlationId?: string | undefined;
  /** Where the line is in the spool of its writer. */
  readonly spooled?: SpoolPosition | undefined;
}

export interface StoredLine {
  readonly at: Date;
  readonly source: string;
  readonly level: LogLevel;
  readonly text: string;
  readonly correlationId: string | null;
  readonly spooled: SpoolPosition | undefined;
}

const MAX_TEXT_CHARACTERS = 8_192;
const MAX_SOURCE_CHARACTERS = 50;
const MAX_CORRELATION_CHARACTERS = 64;
/** A writer's clock that is further off than this is not believed. */
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;
const MAX_AHEAD_MS = 60_000;

/** toStoredLine bounds what a writer sent and takes out what PostgreSQL can't hold. */
export function toStoredLine(line: LogInput, now: Date): StoredLine {
  return {
    at: believableTime(line.at, now),
    source: bounded(line.source, MAX_SOURCE_CHARACTERS),
    level: line.level,
    // What is far beyond the cut is not worth the search; a secret that the cut goes through is found whole.
    text: bounded(
      redact(withFewMarks(line.text.slice(0, 2 * MAX_TEXT_CHARACTERS))),
      MAX_TEXT_CHARACTERS,
    ),
    correlationId:
      line.correlationId === undefined
        ? null
        : bounded(line.correlationId, MAX_CORRELATION_CHARACTERS),
    spooled: line.spooled,
  };
}

/** PostgreSQL refuses NUL; a cut must not leave half of a surrogate pair. */
function bounded(text: string, maxCharacters: number): string {
  const cut = text.length > maxCharacters ? `${text.slice(0, maxCharacters - 1)}…` : text;
  return cut.replaceAll('\0', '\uFFFD').replace(/[\uD800-\uDBFF](?=…$)/, '');
}

function believableTime(at: number | undefined, now: Date): Date {
  if (at === undefined) return now;
  const aheadMs = at - now.getTime();
  return aheadMs >= -MAX_AGE_MS && aheadMs <= MAX_AHEAD_MS ? new Date(at) : now;
}
