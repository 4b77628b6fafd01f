import { AppError } from '@spt-flow/shared/domain/errors';
import type { BuildMachine } from './build-machines.ts';
import { MAX_PROJECT_ARTIFACT_BYTES } from './output-repository.ts';

const MEBIBYTE = 1024 * 1024;
const MAX_ARCHIVE_BYTES = 32 * MEBIBYTE;
const LIMIT_MS = 120_000;

/** Patterns are the shell's; what none of them finds is left out. */
const COLLECT = `
IFS=
count=$#
for pattern; do for file in $pattern; do [ -e "$file" ] && set -- "$@" "$file"; done; done
shift "$count"
[ $# -eq 0 ] || tar -czf - -- "$@"
`;

/** collectArtifacts archives what the patterns find; undefined: nothing. */
export async function collectArtifacts(
  machine: BuildMachine,
  patterns: readonly string[],
  { roomBytes, signal }: { readonly roomBytes: number; readonly signal: AbortSignal },
): Promise<Buffer | undefined> {
  const tooLarge = new AbortController();
  let bytes = 0;
  const maxBytes = Math.min(MAX_ARCHIVE_BYTES, Math.max(roomBytes, 0));
  const outcome = await machine.exec({
    argv: ['/bin/sh', '-c', COLLECT, 'sh', ...patterns],
    timeoutMs: LIMIT_MS,
    maxBytes,
    signal: AbortSignal.any([signal, tooLarge.signal]),
    onOutput(piece, channel) {
      if (channel === 'stdout') bytes += piece.length;
      if (bytes > maxBytes) tooLarge.abort(tooLargeError(maxBytes));
    },
  });
  if (outcome.exitCode !== 0)
    throw new AppError(
      'limit_reached',
      `The artifacts could not be read: ${outcome.stderr.toString().trim().slice(0, 300)}`,
    );
  return outcome.stdout.length === 0 ? undefined : outcome.stdout;
}

function tooLargeError(maxBytes: number): AppError {
  const [whose, bytes] =
    maxBytes < MAX_ARCHIVE_BYTES
      ? ['artifacts of this build', MAX_PROJECT_ARTIFACT_BYTES]
      : ['artifacts', MAX_ARCHIVE_BYTES];
  return new AppError('limit_reached', `The ${whose} have more than ${bytes / MEBIBYTE} MiB`);
}

/** unpack puts the files of a tar archive into the machine. */
export async function unpack(
  machine: BuildMachine,
  archive: Uint8Array | AsyncIterable<Uint8Array>,
  { options, signal }: { readonly options: '-xf' | '-xzf'; readonly signal: AbortSignal },
): Promise<void> {
  const { exitCode, stderr } = await machine.exec({
    argv: ['/bin/sh', '-c', 'exec tar "$1" -', 'sh', options],
    input: archive,
    timeoutMs: LIMIT_MS,
    signal,
  });
  if (exitCode !== 0)
    throw new AppError(
      'workspace_start_failed',
      `The files of the project could not be unpacked: ${stderr.toString().trim().slice(0, 300)}`,
    );
}
