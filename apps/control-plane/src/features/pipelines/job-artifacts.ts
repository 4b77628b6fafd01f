import { AppError } from '@spt-flow/shared/domain/errors';
import type { BuildMachine } from './build-machines.ts';

const MAX_ARCHIVE_BYTES = 32 * 1024 * 1024;
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
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const tooLarge = new AbortController();
  let bytes = 0;
  const outcome = await machine.exec({
    argv: ['/bin/sh', '-c', COLLECT, 'sh', ...patterns],
    timeoutMs: LIMIT_MS,
    maxBytes: MAX_ARCHIVE_BYTES,
    signal: AbortSignal.any([signal, tooLarge.signal]),
    onOutput(piece, channel) {
      if (channel === 'stdout') bytes += piece.length;
      if (bytes > MAX_ARCHIVE_BYTES) tooLarge.abort(tooLargeError());
    },
  });
  if (outcome.exitCode !== 0)
    throw new AppError(
      'limit_reached',
      `The artifacts could not be read: ${outcome.stderr.toString().trim().slice(0, 300)}`,
    );
  return outcome.stdout.length === 0 ? undefined : outcome.stdout;
}

function tooLargeError(): AppError {
  const mebibytes = MAX_ARCHIVE_BYTES / 1024 / 1024;
  return new AppError('limit_reached', `The artifacts have more than ${mebibytes} MiB`);
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
