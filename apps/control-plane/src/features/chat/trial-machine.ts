import { once } from 'node:events';
import { extract, pack } from 'tar-stream';
import type { Edit } from '@spt-flow/shared/api/change-sets';
import type { ProjectMachine, TrialCommand, TrialOutcome } from './tools/project-machine.ts';

const TIMEOUT_MS = 120_000;
const MAX_OUTPUT_CHARACTERS = 8000;
/** Files brought back, as one archive. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/**
 * Copies the project without its history, without what people entered and without secrets; takes the edits from
 * standard input; and writes the files that are to be kept to standard output. What the command prints goes to
 * standard error. Arguments: the command, then deleted files, `--`, kept files.
 */
const SCRIPT = `
root=\${TMPDIR:-/tmp}
find "$root" -maxdepth 1 -name 'spt-flow-try-*' -mmin +60 -exec rm -rf {} + 2>/dev/null
dir=$(mktemp -d "$root/spt-flow-try-XXXXXX") || exit 70
trap 'rm -rf "$dir"' EXIT
trap 'exit 143' TERM INT HUP
tar -cf - --exclude=./data --exclude=./.git --exclude='./.env*' . | tar -xf - -C "$dir" || exit 70
cd "$dir" && tar -xf - || exit 70
command=$1
shift
while [ "$1" != -- ]; do rm -f -- "$1"; shift; done
shift
sh -c "$command" </dev/null >&2
code=$?
for file; do shift; [ -f "$file" ] && set -- "$@" "$file"; done
[ $# -eq 0 ] || tar -cf - -- "$@"
exit $code
`;

export interface RunOutcome {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface TrialDeps {
  /** Runs a program in the project's directory. */
  run(command: {
    readonly argv: readonly string[];
    readonly input: Uint8Array;
    readonly maxBytes: number;
    readonly timeoutMs: number;
  }): Promise<RunOutcome>;
  logs(limit: number): Promise<readonly string[]>;
}

/** createTrialMachine tries commands out on a copy, so that a change set stays the only way to change the project. */
export function createTrialMachine({ run, logs }: TrialDeps): ProjectMachine {
  return {
    logs,
    async tryOut({ command, edits, keep }: TrialCommand): Promise<TrialOutcome> {
      const deleted = edits.flatMap((edit) => (edit.action === 'delete' ? [edit.path] : []));
      const { exitCode, timedOut, stdout, stderr } = await run({
        argv: ['/bin/sh', '-c', SCRIPT, 'sh', command, ...deleted, '--', ...keep],
        input: await archiveOf(edits),
        maxBytes: MAX_KEPT_BYTES,
        timeoutMs: TIMEOUT_MS,
      });
      const output = stderr.toString('utf8').trim().slice(-MAX_OUTPUT_CHARACTERS);
      return { exitCode, timedOut, output, files: await filesIn(stdout) };
    },
  };
}

async function archiveOf(edits: readonly Edit[]): Promise<Buffer> {
  const archive = pack();
  for (const edit of edits)
    if (edit.action === 'write') archive.entry({ name: edit.path }, edit.text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function filesIn(archive: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  if (archive.length === 0) return files;
  const reader = extract();
  reader.on('entry', (header, entry, next) => {
    const chunks: Buffer[] = [];
    entry.on('data', (chunk: Buffer) => chunks.push(chunk));
    entry.on('end', () => {
      files.set(header.name, Buffer.concat(chunks).toString('utf8'));
      next();
    });
  });
  const read = once(reader, 'finish');
  reader.end(archive);
  await read;
  return files;
}
