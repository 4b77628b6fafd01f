import { accessSync, constants, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { StartError } from './start-error.ts';

export interface DataPaths {
  readonly root: string;
  readonly database: string;
  readonly secretKey: string;
  readonly workspaces: string;
  readonly repositories: string;
  /** Of the agent, as publishers lay them down. */
  readonly releases: string;
  readonly log: string;
  /** What is there for as long as something is made of it. */
  readonly temporary: string;
}

/** Nothing takes so long: who made something older was killed. */
const STALE_MS = 86_400_000;

/** defaultDataDirectory follows the XDG rules; root's home is closed to the database's account, so root uses /var/lib. */
export function defaultDataDirectory(
  environment: Readonly<Record<string, string | undefined>>,
  userId = process.getuid?.(),
): string {
  if (userId === 0) return '/var/lib/spt-flow';
  return path.join(
    environment['XDG_DATA_HOME'] || path.join(homedir(), '.local', 'share'),
    'spt-flow',
  );
}

/** dataPaths says where things are, of which nothing need be there. */
export function dataPaths(directory: string): DataPaths {
  const root = path.resolve(directory);
  return {
    root,
    database: path.join(root, 'postgres'),
    secretKey: path.join(root, 'secret.key'),
    workspaces: path.join(root, 'workspaces'),
    repositories: path.join(root, 'repositories'),
    releases: path.join(root, 'releases'),
    log: path.join(root, 'control-plane.log'),
    temporary: path.join(root, 'temporary'),
  };
}

/** prepareDataDirectory creates what is missing; others may pass through the root only to reach the database's part. */
export function prepareDataDirectory(directory: string): DataPaths {
  const paths = dataPaths(directory);
  const { root } = paths;
  try {
    mkdirSync(root, { recursive: true, mode: 0o711 });
    if (!statSync(root).isDirectory()) throw new Error('it is not a directory');
    accessSync(root, constants.W_OK | constants.X_OK);
    mkdirSync(paths.workspaces, { recursive: true, mode: 0o700 });
    mkdirSync(paths.repositories, { recursive: true, mode: 0o700 });
    mkdirSync(paths.temporary, { recursive: true, mode: 0o700 });
    removeStale(paths.temporary);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(
      `The data directory "${root}" can't be written (${reason}): choose another with --data-dir`,
      { cause },
    );
  }
  return paths;
}

/** Another replica may be at what is younger. */
function removeStale(directory: string): void {
  for (const name of readdirSync(directory)) {
    const entry = path.join(directory, name);
    const made = statSync(entry, { throwIfNoEntry: false });
    if (made && Date.now() - made.mtimeMs > STALE_MS)
      rmSync(entry, { recursive: true, force: true });
  }
}
