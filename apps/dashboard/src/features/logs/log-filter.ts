import { LOG_LEVELS, type LogLine } from '@spt-flow/shared/api/logs';

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

function isMoment(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text));
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

/** toLocalInput is a moment as a field of date and time shows it. */
export function toLocalInput(moment: string): string {
  if (!isMoment(moment)) return '';
  const at = new Date(moment);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

export function fromLocalInput(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
