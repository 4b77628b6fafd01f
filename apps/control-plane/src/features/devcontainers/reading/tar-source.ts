import { once } from 'node:events';
import { posix } from 'node:path';
import { extract, type Extract } from 'tar-stream';
import { AppError } from '@spt-flow/shared/domain/errors';
import { runInWorkspace, type AgentConnections } from '../../agents/index.ts';

const TIMEOUT_MS = 10 * 60_000;
const MAX_ENTRIES = 50_000;
/** Files changed while they were read: they are as good as any. */
const CHANGED = 1;
const SCRIPT =
  'for path do shift; [ -e "$path" ] && set -- "$@" "$path"; done; [ $# -eq 0 ] || exec tar -cf - -- "$@"';

/** TarEntry is one file of a workspace. Its content has to be read before the next one comes. */
export interface TarEntry {
  /** Relative to the project, without `.` and `..`. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'link';
  readonly mode: number;
  /** Of links. */
  readonly target: string;
  readonly content: AsyncIterable<Buffer>;
}

export interface TarSource {
  readonly agents: AgentConnections;
  readonly workspaceId: string;
  readonly paths: readonly string[];
  readonly maxBytes: number;
  readonly correlationId: string;
  readonly signal: AbortSignal;
}

/** readTar hands over the files below some paths of a project, those that exist, one after the other. */
export async function readTar(
  source: TarSource,
  take: (entry: TarEntry) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const archive = extract();
  const signal = AbortSignal.any([source.signal, stop.signal]);
  const taken = takeEntries(archive, take).catch((error: unknown) => {
    stop.abort(error);
    throw error;
  });
  // It fails again below, for whoever waits.
  taken.catch(() => undefined);
  try {
    await transfer(source, archive, signal);
  } catch (error) {
    archive.destroy();
    await taken;
    throw error;
  }
  await taken;
}

async function transfer(source: TarSource, archive: Extract, signal: AbortSignal): Promise<void> {
  let bytes = 0;
  const { exitCode, stderr } = await runInWorkspace(source.agents, source.workspaceId, {
    argv: ['/bin/sh', '-c', SCRIPT, 'sh', ...source.paths],
    timeoutMs: TIMEOUT_MS,
    correlationId: source.correlationId,
    maxBytes: 4_096,
    signal,
    async onOutput(chunk, channel) {
      if (channel === 'stderr') return;
      bytes += chunk.length;
      if (bytes > source.maxBytes) throw tooLarge(source);
      if (!archive.write(chunk)) await once(archive, 'drain', { signal });
    },
  });
  if (exitCode > CHANGED)
    throw new AppError(
      'devcontainer_failed',
      `The files of the devcontainer could not be read: ${stderr.toString().trim() || `tar ended with ${exitCode}`}`,
    );
  archive.end();
}

function tooLarge({ paths, maxBytes }: TarSource): AppError {
  const names = paths.map((path) => `"${path}"`).join(', ');
  return new AppError(
    'devcontainer_invalid',
    `The files of ${names} are larger than ${maxBytes / 1024 ** 2} MiB: use a narrower build context`,
  );
}

async function takeEntries(
  archive: Extract,
  take: (entry: TarEntry) => Promise<void>,
): Promise<void> {
  let count = 0;
  for await (const entry of archive) {
    const { name, type, mode = 0o644, linkname } = entry.header;
    count += 1;
    if (count > MAX_ENTRIES)
      throw new AppError('devcontainer_invalid', `A devcontainer has at most ${MAX_ENTRIES} files`);
    const kind = type && KINDS[type];
    // Sockets, devices and pipes are nothing to build from.
    if (kind)
      await take({ path: cleanPath(name), kind, mode, target: linkname ?? '', content: entry });
    entry.resume();
  }
}

const KINDS: Readonly<Record<string, TarEntry['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'link',
};

function cleanPath(name: string): string {
  const path = posix.normalize(name).replace(/\/$/, '');
  if (isInside(path)) return path;
  throw new AppError('devcontainer_invalid', `"${name}" is outside of the project`);
}

/** isInside is true for a normalized relative path that stays in its directory. */
export function isInside(path: string): boolean {
  return (
    !posix.isAbsolute(path) && path !== '..' && !path.startsWith('../') && !path.includes('\0')
  );
}
