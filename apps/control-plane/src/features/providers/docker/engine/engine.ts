import { existsSync } from 'node:fs';
import Docker from 'dockerode';
import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import { reasonOf } from '../../../../lib/abort.ts';

const DOCKER_SOCKET = '/var/run/docker.sock';
const PODMAN_SOCKET = '/run/podman/podman.sock';

/** An engine that does not answer a call by then hangs: removing a large container takes it some seconds. */
const CALL_LIMIT_MS = 30_000;
/** Before a pull shows progress, registries are asked; a build takes its files first; what volumes take is counted. */
const SLOW_CALLS_MS: Readonly<Record<string, number>> = {
  '/images/create': 120_000,
  '/build': 600_000,
  '/system/df': 600_000,
};

/** Engine is a container engine of this machine: Docker, or Podman, which speaks the same API. */
export interface Engine {
  /** INVARIANT: no call waits for its answer longer than the limit. */
  readonly api: Docker;
  readonly socket: string;
  /** Since when it does not answer, as far as calls have shown; undefined: it does. */
  readonly awaySince: Date | undefined;
  /** The same engine, for calls that end with the signal. */
  until(signal: AbortSignal): Docker;
}

export interface EngineOptions {
  /** DOCKER_HOST among them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly callLimitMs?: number | undefined;
}

/** openEngine takes the engine that DOCKER_HOST names, else Docker's own, else Podman's; nothing is connected yet. */
export function openEngine({ environment, callLimitMs = CALL_LIMIT_MS }: EngineOptions): Engine {
  const socket =
    environment['DOCKER_HOST']?.replace(/^unix:\/\//, '') ?? defaultSocket(environment);
  let awaySince: Date | undefined;
  const onAnswer = (isAway: boolean) => {
    awaySince = isAway ? (awaySince ?? new Date()) : undefined;
  };
  const open = (signal?: AbortSignal) =>
    limitCalls(new Docker({ socketPath: socket }), { callLimitMs, onAnswer, signal });
  return {
    socket,
    api: open(),
    until: open,
    get awaySince() {
      return awaySince;
    },
  };
}

/** ask is a call that the client has no function for. */
export function ask(
  api: Docker,
  path: string,
  query: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const call = {
    ...{ path: `${path}?`, method: 'GET', options: { _query: query } },
    statusCodes: { 200: true, 500: 'server error' },
  };
  return new Promise((resolve, reject) => {
    api.modem.dial(call, (error: Error | null, answer: unknown) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

function defaultSocket(environment: Readonly<Record<string, string | undefined>>): string {
  const own = environment['XDG_RUNTIME_DIR'];
  const rootless = own ? [`${own}/docker.sock`, `${own}/podman/podman.sock`] : [];
  return (
    [DOCKER_SOCKET, ...rootless, PODMAN_SOCKET].find((file) => existsSync(file)) ?? DOCKER_SOCKET
  );
}

interface CallLimits {
  readonly callLimitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onAnswer: (isAway: boolean) => void;
}

/** A stream that was answered is not limited: only the wait for it is. */
function limitCalls(docker: Docker, { callLimitMs, signal, onAnswer }: CallLimits): Docker {
  const { modem } = docker;
  const dial = modem.dial.bind(modem);
  modem.dial = (options, callback) => {
    const call = new AbortController();
    const onAbort = () => call.abort();
    const limitMs = SLOW_CALLS_MS[options.path.split('?')[0] ?? ''] ?? callLimitMs;
    const limit = setTimeout(onAbort, limitMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    dial({ ...options, abortSignal: call.signal }, (error, result) => {
      clearTimeout(limit);
      signal?.removeEventListener('abort', onAbort);
      if (error && signal?.aborted) return callback?.(reasonOf(signal), result);
      const failure = error && call.signal.aborted ? unanswered(limitMs) : error;
      onAnswer(failure !== null && isUnanswered(failure));
      callback?.(failure, result);
    });
  };
  return docker;
}

function unanswered(limitMs: number): Error {
  const words = `no answer within ${limitMs / 1000} s`;
  return Object.assign(new Error(words), { code: words });
}

const WITHOUT_GPUS =
  'The container engine has no GPUs to give: its machine needs their driver and the NVIDIA Container Toolkit';

const EngineErrorSchema = z.object({
  message: z.string(),
  statusCode: z.number().optional(),
  code: z.string().optional().catch(undefined),
  json: z.object({ message: z.string() }).nullish().catch(null),
});

/** hasStatus: the engine answered with this HTTP status. */
export function hasStatus(error: unknown, ...statuses: number[]): boolean {
  const { data } = EngineErrorSchema.safeParse(error);
  return data?.statusCode !== undefined && statuses.includes(data.statusCode);
}

function isUnanswered(error: unknown): boolean {
  const { data } = EngineErrorSchema.safeParse(error);
  return data !== undefined && data.statusCode === undefined && data.code !== undefined;
}

/** wordsOf is what the engine itself says about a failure. */
export function wordsOf(error: unknown): string {
  const { data } = EngineErrorSchema.safeParse(error);
  return (data?.json?.message ?? data?.message ?? String(error)).trim().slice(0, 500);
}

export function isOutOfDisk(words: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(words);
}

/** fullWords say what an engine without disk space has no room for, what that means for files, and what to do. */
export function fullWords(what: string, words: string): string {
  return `There is no room for ${what} (${words}). Files that workspaces have are safe; make room in the engine, e.g. with "docker image prune", then start it again`;
}

/** toAppError says what failed in words for people; an engine that does not answer has a code of its own. */
export function toAppError(
  error: unknown,
  { socket, awaySince }: Pick<Engine, 'socket' | 'awaySince'>,
): unknown {
  const { data } = EngineErrorSchema.safeParse(error);
  if (error instanceof AppError || !data) return error;
  if (isUnanswered(error)) {
    const since = (awaySince ?? new Date()).toISOString().replace(/\.\d+Z$/, 'Z');
    return new AppError(
      'engine_unavailable',
      `The container engine does not answer at ${socket} since ${since} (${data.code})`,
      { cause: error },
    );
  }
  if (data.statusCode === undefined) return error;
  const words = wordsOf(error);
  if (isOutOfDisk(words))
    return new AppError('engine_disk_full', fullWords('the workspace', words), { cause: error });
  if (/could not select device driver/.test(words))
    return new AppError('machine_unfit', `${WITHOUT_GPUS} (${words})`, { cause: error });
  return new AppError('workspace_start_failed', `The container engine says: ${words}`, {
    cause: error,
  });
}

/** unlessMissing waits for the work, to which what is not there any more is no failure. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    // 304: it is in that state already.
    if (hasStatus(error, 304, 404)) return undefined;
    throw error;
  }
}

/** removeContainer ends it at once if it runs; that somebody else is just doing the same is no failure. */
export async function removeContainer(container: Docker.Container): Promise<void> {
  try {
    await unlessMissing(container.remove({ force: true, v: true }));
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    await unlessMissing(container.wait({ condition: 'removed' }));
  }
}
