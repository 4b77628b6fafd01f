import { existsSync } from 'node:fs';
import type { Agent } from 'node:http';
import Docker from 'dockerode';
import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import { reasonOf } from '../../../../lib/abort.ts';
import { createEngineAgent, type Budget, type ConnectToEngine } from './engine-agent.ts';

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

/** Lists of thousands of containers have a few; what is more fills the memory of whoever collects it. */
const MAX_ANSWER_BYTES = 32 * 1024 ** 2;
const TOO_LONG = 'it answers with more than can be right';

/** Engine is a container engine of this machine or another: Docker, or Podman, which speaks the same API. */
export interface Engine {
  /** INVARIANT: no call waits for its answer longer than the limit. */
  readonly api: Docker;
  /** For people. */
  readonly place: string;
  /** What this machine has and reaches says nothing of its machine. */
  readonly isElsewhere: boolean;
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

interface EngineDoor extends Pick<Engine, 'place' | 'isElsewhere'>, Pick<CallLimits, 'agentFor'> {
  readonly client: Docker.DockerOptions;
}

/** openEngine takes the engine that DOCKER_HOST names, else Docker's own, else Podman's; nothing is connected yet. */
export function openEngine({ environment, callLimitMs }: EngineOptions): Engine {
  const socket =
    environment['DOCKER_HOST']?.replace(/^unix:\/\//, '') ?? defaultSocket(environment);
  const client = { socketPath: socket };
  return open({ client, place: socket, isElsewhere: false }, callLimitMs);
}

/** openEngineElsewhere reaches the engine of another machine, which is trusted with no more than its own workspaces. */
export function openEngineElsewhere({
  connect,
  callLimitMs,
}: {
  readonly connect: ConnectToEngine;
  readonly callLimitMs?: number | undefined;
}): Engine {
  const agentFor = (budget: Budget) => createEngineAgent(connect, budget);
  const client = { protocol: 'http', host: 'engine' } as const;
  return open({ client, agentFor, place: 'the server', isElsewhere: true }, callLimitMs);
}

function open(
  { client, agentFor, place, isElsewhere }: EngineDoor,
  callLimitMs = CALL_LIMIT_MS,
): Engine {
  let awaySince: Date | undefined;
  const onAnswer = (isAway: boolean) => {
    awaySince = isAway ? (awaySince ?? new Date()) : undefined;
  };
  const until = (signal?: AbortSignal) =>
    limitCalls(new Docker(client), { callLimitMs, onAnswer, signal, agentFor });
  return {
    ...{ place, isElsewhere, until },
    api: until(),
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
  /** Makes the connection of one call, whose answer may have so many bytes; absent: the client does. */
  readonly agentFor?: ((budget: Budget) => Agent) | undefined;
}

type Answered = NonNullable<Parameters<Docker['modem']['dial']>[1]>;

/** A stream that was answered is not limited: only the wait for it is. */
function limitCalls(
  docker: Docker,
  { callLimitMs, signal, onAnswer, agentFor }: CallLimits,
): Docker {
  const { modem } = docker;
  const dial = modem.dial.bind(modem);
  modem.dial = (options, callback) => {
    const limitMs = SLOW_CALLS_MS[options.path.split('?')[0] ?? ''] ?? callLimitMs;
    const budget = { bytes: MAX_ANSWER_BYTES, onExceeded: () => end(unanswered(TOO_LONG)) };
    const limit = setTimeout(
      () => end(unanswered(`no answer within ${limitMs / 1000} s`)),
      limitMs,
    );
    const onAbort = () => signal && end(reasonOf(signal));
    const call = new AbortController();
    let isDone = false;
    const finish: Answered = (error, result) => {
      if (isDone) return;
      isDone = true;
      clearTimeout(limit);
      // A stream is read at the pace of who wants it.
      budget.bytes = Infinity;
      signal?.removeEventListener('abort', onAbort);
      if (error && signal?.aborted) return callback?.(reasonOf(signal), result);
      onAnswer(error !== null && isUnanswered(error));
      callback?.(error, result);
    };
    /** An answer that breaks off in its middle is told of by nobody else. */
    function end(reason: Error): void {
      finish(reason, null);
      call.abort();
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    // It is read at once by the call.
    if (agentFor) Object.assign(modem, { agent: agentFor(budget) });
    dial({ ...options, abortSignal: call.signal }, finish);
    if (signal?.aborted) onAbort();
  };
  return docker;
}

function unanswered(words: string): Error {
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
  { place, awaySince }: Pick<Engine, 'place' | 'awaySince'>,
): unknown {
  const { data } = EngineErrorSchema.safeParse(error);
  if (error instanceof AppError || !data) return error;
  if (isUnanswered(error)) {
    const since = (awaySince ?? new Date()).toISOString().replace(/\.\d+Z$/, 'Z');
    return new AppError(
      'engine_unavailable',
      `The container engine does not answer at ${place} since ${since} (${data.code})`,
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
