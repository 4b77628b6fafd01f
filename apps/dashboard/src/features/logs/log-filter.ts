import { LOG_LEVELS, type LogLine } from '@spt-flow/shared/api/logs';
import { isMoment } from '../../lib/local-moment.ts';

export const ALL = 'all';
/** Correlation ids are asked for as such: the text of a line does not contain its id. */
const CORRELATION_ID = /^[0-9a-f-]{16,64}$/i;

/** What is set is in the address, so all of it is text; moments are ISO 8601, empty: any. */
type LogFilter = {
  level: string;
  source: string;
  text: string;
  since: string;
  until: string;
};

export const UNFILTERED: LogFilter = {
  level: 'debug',
  source: ALL,
  text: '',
  since: '',
  until: '',
};

export const LEVEL_ITEMS = [
  { label: 'Everything', value: 'debug' },
  { label: 'Info and above', value: 'info' },
  { label: 'Warnings and above', value: 'warn' },
  { label: 'Errors only', value: 'error' },
];

function levelOf(filter: LogFilter): LogLine['level'] {
  return LOG_LEVELS.find((level) => level === filter.level) ?? 'info';
}

/** queryOf is the filter as the API knows it. */
export function queryOf(filter: LogFilter) {
  const { source, since, until } = filter;
  const search = filter.text.trim();
  return {
    level: levelOf(filter),
    ...(source !== ALL && { source }),
    ...(search !== '' &&
      (CORRELATION_ID.test(search) ? { correlationId: search } : { search: search.slice(0, 200) })),
    ...(isMoment(since) && { since }),
    ...(isMoment(until) && { until }),
  };
}

/** matches keeps lines of the level or a worse one. */
export function matches(line: LogLine, filter: Omit<LogFilter, 'since' | 'until'>): boolean {
  const level = LOG_LEVELS.findIndex((known) => known === filter.level);
  if (LOG_LEVELS.indexOf(line.level) < level) return false;
  if (filter.source !== ALL && line.source !== filter.source) return false;
  const text = filter.text.trim().toLowerCase();
  return (
    text === '' ||
    line.text.toLowerCase().includes(text) ||
    line.correlationId?.toLowerCase() === text
  );
}

/** textOf is a line as it is copied and downloaded. */
export function textOf({ at, level, source, text, correlationId }: LogLine): string {
  const id = correlationId === null ? '' : ` [${correlationId}]`;
  return `${at} ${level.padEnd(5)} ${source.padEnd(6)} ${text}${id}`;
}
