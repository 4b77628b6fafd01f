import { CorrelationIdSchema } from '@spt-flow/shared/api/common';
import * as z from 'zod';
import type { LogInput, LogLevel } from './log-line.ts';

/** A map, since apps choose what is looked up: objects have more names than those that are written down. */
const LEVELS = new Map<string, LogLevel>(
  Object.entries({
    ...{ trace: 'debug', verbose: 'debug', debug: 'debug' },
    ...{ info: 'info', information: 'info', notice: 'info', log: 'info' },
    ...{ warn: 'warn', warning: 'warn' },
    ...{ err: 'error', error: 'error', fatal: 'error', critical: 'error', panic: 'error' },
  } as const),
);
const NAMES = [...LEVELS.keys()].join('|');
/** Of the words at the start, up to two that hold a digit: a time. Each is looked at once, for apps may print any line often. */
const TIME = '(?:(?=\\S*\\d)\\S+\\s+){0,2}';
/** `[info] …`, `error: …`, `2026-11-21T09:00:00Z WARN …`, `time=… level=error`: after a time or two, or as a key. */
const PREFIX = new RegExp(
  `^${TIME}(?:[[(<](${NAMES})[\\])>]|(${NAMES}):(?=\\s))|\\blevel="?(${NAMES})\\b`,
  'i',
);
/** A word alone means a level only where somebody shouts it. */
const SHOUTED = new RegExp(`^${TIME}(${NAMES.toUpperCase()})\\b`);

/** What structured loggers write; others of their fields stay in the text. */
const StructuredSchema = z.object({
  level: z.union([z.string(), z.number()]).optional().catch(undefined),
  severity: z.string().optional().catch(undefined),
  correlationId: CorrelationIdSchema.optional().catch(undefined),
  correlation_id: CorrelationIdSchema.optional().catch(undefined),
  trace_id: CorrelationIdSchema.optional().catch(undefined),
});

/** readLine takes level and correlation id from what a program printed, where it tells them. */
export function readLine(line: LogInput): LogInput {
  const told = line.text.startsWith('{')
    ? readStructured(line.text)
    : { level: prefixOf(line.text) };
  return {
    ...line,
    level: told.level ?? line.level,
    correlationId: line.correlationId ?? told.correlationId,
  };
}

function readStructured(text: string): {
  level?: LogLevel | undefined;
  correlationId?: string | undefined;
} {
  const parsed = StructuredSchema.safeParse(jsonOf(text));
  if (!parsed.success) return {};
  const { level, severity, correlationId, correlation_id, trace_id } = parsed.data;
  return {
    level:
      typeof level === 'number'
        ? levelOfNumber(level)
        : LEVELS.get((level ?? severity ?? '').toLowerCase()),
    correlationId: correlationId ?? correlation_id ?? trace_id,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of pino and bunyan: tens from 10 (trace) to 60 (fatal). */
function levelOfNumber(level: number): LogLevel {
  if (level < 30) return 'debug';
  if (level < 40) return 'info';
  return level < 50 ? 'warn' : 'error';
}

function prefixOf(text: string): LogLevel | undefined {
  const found = PREFIX.exec(text.slice(0, 200)) ?? SHOUTED.exec(text.slice(0, 200));
  return LEVELS.get((found?.[1] ?? found?.[2] ?? found?.[3] ?? '').toLowerCase());
}
