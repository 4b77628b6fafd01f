import { existsSync } from 'node:fs';
import Docker from 'dockerode';
import { AppError } from '@spt-flow/shared/domain/errors';
import { z } from 'zod';

const DOCKER_SOCKET = '/var/run/docker.sock';
const PODMAN_SOCKET = '/run/podman/podman.sock';

/** Engine is a container engine of this machine: Docker, or Podman, which speaks the same API. */
export interface Engine {
  readonly api: Docker;
  readonly socket: string;
}

/** openEngine takes the engine that DOCKER_HOST names, else Docker's own, else Podman's; nothing is connected yet. */
export function openEngine(environment: Readonly<Record<string, string | undefined>>): Engine {
  const socket =
    environment['DOCKER_HOST']?.replace(/^unix:\/\//, '') ?? defaultSocket(environment);
  return { socket, api: new Docker({ socketPath: socket }) };
}

function defaultSocket(environment: Readonly<Record<string, string | undefined>>): string {
  const own = environment['XDG_RUNTIME_DIR'];
  const rootless = own ? [`${own}/docker.sock`, `${own}/podman/podman.sock`] : [];
  return (
    [DOCKER_SOCKET, ...rootless, PODMAN_SOCKET].find((file) => existsSync(file)) ?? DOCKER_SOCKET
  );
}

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

/** wordsOf is what the engine itself says about a failure. */
export function wordsOf(error: unknown): string {
  const { data } = EngineErrorSchema.safeParse(error);
  return (data?.json?.message ?? data?.message ?? String(error)).trim().slice(0, 500);
}

/** toAppError says what failed in words for people; an engine that does not answer has a code of its own. */
export function toAppError(error: unknown, { socket }: Pick<Engine, 'socket'>): unknown {
  const { data } = EngineErrorSchema.safeParse(error);
  if (error instanceof AppError || !data) return error;
  if (data.statusCode === undefined && data.code === undefined) return error;
  if (data.statusCode === undefined)
    return new AppError(
      'engine_unavailable',
      `The container engine does not answer at ${socket} (${data.code})`,
      { cause: error },
    );
  return new AppError('workspace_start_failed', `The container engine says: ${wordsOf(error)}`, {
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
