import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError } from './backup-error.ts';

const MAX_WORDS = 500;
/** With `--null` a name that begins with a dash is no option. */
const CREATE = ['--create', '--numeric-owner', '--null', '--files-from=-'];
const EXTRACT = ['--extract', '--preserve-permissions', '--numeric-owner'];
/** A file changed, or was removed, while it was read. */
const CHANGED = 1;

/** packFiles reads files and folders with the tar of this machine, whatever happens to them meanwhile. */
export function packFiles(directory: string, names: readonly string[]): Readable {
  const tar = runTar(directory, CREATE);
  const list = names.map((name) => `./${name}\0`).join('');
  tar.stdin.on('error', () => undefined);
  tar.stdin.end(list);
  return Readable.from(
    (async function* () {
      yield* tar.stdout;
      const { code, words } = await tar.ended;
      if (code !== 0 && code !== CHANGED) throw failed(words);
    })(),
  );
}

/** unpackFiles lays them down; the directory has to be empty. */
export async function unpackFiles(directory: string, archive: Readable): Promise<void> {
  const tar = runTar(directory, EXTRACT);
  const sent = pipeline(archive, tar.stdin);
  sent.catch(() => undefined);
  const { code, words } = await tar.ended;
  // It knows better why it took no more.
  if (code !== 0) throw failed(words);
  await sent;
}

function runTar(directory: string, options: readonly string[]) {
  // Its words are looked at, so they have to be English.
  const command = ['LC_ALL=C', 'tar', '--file=-', `--directory=${directory}`, ...options];
  const tar = spawn('env', command, { stdio: ['pipe', 'pipe', 'pipe'] });
  let words = '';
  tar.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-MAX_WORDS);
  });
  const ended = new Promise<{ code: number | null; words: string }>((resolve, reject) => {
    tar.once('error', (cause) =>
      reject(new BackupError(`"tar" can't be run (${cause.message}): install it`, { cause })),
    );
    tar.once('close', (code) => resolve({ code, words: words.trim() }));
  });
  // Who waits for its output may see it end before it is told why.
  ended.catch(() => undefined);
  return { stdin: tar.stdin, stdout: tar.stdout, ended };
}

const NEXT = [
  [/no space left/i, 'make room, or choose another disk'],
  [/^env: /, 'install it'],
  [/permission denied/i, 'use the account that spt-flow runs as'],
] as const;

function failed(words: string): BackupError {
  const next = NEXT.find(([pattern]) => pattern.test(words))?.[1] ?? 'look at it, and try again';
  return new BackupError(`tar says "${words.split('\n')[0]}": ${next}`);
}
