import { randomUUID } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { createLineCutter } from '../../lib/line-cutter.ts';
import type { BuildMachine } from './build-machines.ts';

/** The kernel takes no longer argument. */
const PIECE_CHARACTERS = 24 * 1024;
/** More than is kept of a line: a secret that begins in what is kept has to be seen whole to be hidden. */
const MAX_LINE_CHARACTERS = 64 * 1024;
const EXIT_CODE = /^ (\d{1,3})$/;

/**
 * Bash where the image has it, with failures within pipes. What the script leaves running keeps its outputs open, so its
 * end is told by a line of its own, and is no reason to wait.
 */
const LAUNCHER = `
exec 2>&1 </dev/null
mark=$1; shift
export CI_PROJECT_DIR="$PWD"
run='script=; for piece; do script="$script$piece"; done; set --; eval "$script"'
if command -v bash >/dev/null 2>&1; then bash -o pipefail -c "$run" bash "$@"; else sh -c "$run" sh "$@"; fi
printf '\\n%s %s\\n' "$mark" "$?"
`;

export interface ScriptRun {
  readonly commands: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** A promise holds up the script. */
  readonly onLine: (line: string) => void | Promise<void>;
}

export interface ScriptEnd {
  /** Null: it was ended, or ended its own shell from outside. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
}

class ScriptEnded extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('The script ended');
    this.exitCode = exitCode;
  }
}

/** runScript runs commands one after the other until one fails. */
export async function runScript(machine: BuildMachine, run: ScriptRun): Promise<ScriptEnd> {
  const mark = randomUUID();
  const ended = new AbortController();
  const timeout = AbortSignal.timeout(run.timeoutMs);
  const held: Promise<void>[] = [];
  const print = (line: string) => {
    const holding = run.onLine(line);
    if (holding) held.push(holding);
  };
  // The one before the mark is not the script's.
  let isBlankDue = false;
  const lines = createLineCutter(MAX_LINE_CHARACTERS, (line) => {
    const [, exitCode] = (line.startsWith(mark) && EXIT_CODE.exec(line.slice(mark.length))) || [];
    if (exitCode !== undefined) return ended.abort(new ScriptEnded(Number(exitCode)));
    if (isBlankDue) print('');
    isBlankDue = line === '';
    if (!isBlankDue) print(line);
  });
  const decoder = new StringDecoder('utf8');
  try {
    const { exitCode } = await machine.exec({
      argv: ['/bin/sh', '-c', LAUNCHER, 'sh', mark, ...piecesOf(scriptOf(run.commands))],
      env: run.env,
      // Ended from here: what left its process group would hold up the end elsewhere.
      timeoutMs: 2 * run.timeoutMs,
      maxBytes: 0,
      signal: AbortSignal.any([run.signal, timeout, ended.signal]),
      onOutput: async (bytes) => {
        lines.write(decoder.write(bytes));
        await Promise.all(held.splice(0));
      },
    });
    return { exitCode, timedOut: false };
  } catch (error) {
    if (error instanceof ScriptEnded) return { exitCode: error.exitCode, timedOut: false };
    run.signal.throwIfAborted();
    if (timeout.aborted) return { exitCode: null, timedOut: true };
    throw error;
  } finally {
    lines.end();
    await Promise.all(held);
  }
}

/** Each command is shown before it runs, as people know it from terminals. */
function scriptOf(commands: readonly string[]): string {
  const shown = commands.map((command) => `printf '%s\\n' ${quote(`$ ${command}`)}\n${command}\n`);
  return `set -e\n${shown.join('')}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Characters of any width, whole. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  const characters = Array.from(text);
  for (let start = 0; start < characters.length; start += PIECE_CHARACTERS)
    pieces.push(characters.slice(start, start + PIECE_CHARACTERS).join(''));
  return pieces;
}
