import { pino, type Logger } from 'pino';
import type { ControlPlaneConfig, ControlPlaneSecrets } from '@spt-flow/config/control-plane';
import type { Clock } from '../lib/clock.ts';
import { createErrorTracker, type ErrorTracker } from '../lib/error-tracking/error-tracker.ts';
import { logError } from '../lib/log-error.ts';
import { createLogDestination } from './log-destination.ts';

const ERROR = 50;

export interface LoggerOptions {
  readonly config: Pick<ControlPlaneConfig, 'logLevel'>;
  readonly secrets: ControlPlaneSecrets;
  readonly version: string;
}

export interface StartedLogger {
  readonly logger: Logger;
  /** Resolves when errors that were logged are told to the error tracking too. */
  settled(): Promise<void>;
}

/** createLogger writes to a file or to standard output, and tells the error tracking of what it writes as an error. */
export function createLogger(
  { config, secrets, version }: LoggerOptions,
  { file, clock }: { file: string | undefined; clock: Pick<Clock, 'now'> },
): StartedLogger {
  const { errorTracking: target } = secrets;
  const tracker =
    target &&
    createErrorTracker({
      ...{ target, clock, release: version, secrets: valuesOf(secrets) },
      warn: (details, message) => logger.warn(details, message),
    });
  const logger = pino(
    {
      level: config.logLevel,
      serializers: { err: logError },
      ...(tracker && { hooks: { logMethod: telling(tracker) } }),
    },
    createLogDestination({ dest: file ?? 1 }),
  );
  return { logger, settled: async () => tracker?.settled() };
}

type LogMethod = NonNullable<NonNullable<pino.LoggerOptions['hooks']>['logMethod']>;

function telling(tracker: ErrorTracker): LogMethod {
  return function tell(args, method, level) {
    const [details, message]: readonly unknown[] = args;
    if (level >= ERROR && isWithError(details)) {
      const { correlationId } = { ...this.bindings(), ...details };
      tracker.track({
        error: details.err,
        message: typeof message === 'string' ? message : undefined,
        correlationId: typeof correlationId === 'string' ? correlationId : undefined,
      });
    }
    method.apply(this, args);
  };
}

function isWithError(
  details: unknown,
): details is { readonly err: Error; readonly correlationId?: unknown } {
  return (
    typeof details === 'object' &&
    details !== null &&
    'err' in details &&
    details.err instanceof Error
  );
}

/** The passwords in addresses are among them. */
function valuesOf({ databaseUrl, traces, ...keys }: ControlPlaneSecrets): string[] {
  const password = databaseUrl === undefined ? '' : new URL(databaseUrl).password;
  const values = [...Object.values(keys), databaseUrl, password, decodeURIComponent(password)];
  return [...values, traces?.secretKey].filter((value) => typeof value === 'string');
}
