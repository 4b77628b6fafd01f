import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StartError } from './start-error.ts';

const UNFINISHED = 'restoring';
const FINISHED = 'restored';

/** wasRestored is true at the first start after a backup was restored; StartError while, or where, that is not finished. */
export function wasRestored(root: string): boolean {
  if (existsSync(path.join(root, UNFINISHED)))
    throw new StartError(
      `The data directory "${root}" holds a backup that was not restored to its end: run npm run restore again, or choose another with --data-dir`,
    );
  return existsSync(path.join(root, FINISHED));
}

/** forgetRestored is called once agents were told. */
export function forgetRestored(root: string): void {
  rmSync(path.join(root, FINISHED), { force: true });
}

/** restoring returns the process that restores into the directory, or did until it was killed. */
export function restoringProcess(root: string): number | undefined {
  const file = path.join(root, UNFINISHED);
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
}

/** beginRestoring also removes what a killed restore left. */
export function beginRestoring(root: string): void {
  writeFileSync(path.join(root, UNFINISHED), `${process.pid}\n`, { mode: 0o600 });
  for (const name of readdirSync(root))
    if (name !== UNFINISHED) rmSync(path.join(root, name), { recursive: true });
}

export function endRestoring(root: string): void {
  renameSync(path.join(root, UNFINISHED), path.join(root, FINISHED));
}
