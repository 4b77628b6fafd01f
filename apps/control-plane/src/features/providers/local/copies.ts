import { spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Exclusive } from '../../../lib/exclusive.ts';
import type { WorkspaceCopies, WorkspaceFiles } from '../provider.ts';
import { removeTree, workspaceDirectories } from './directories.ts';

const MAX_ERROR_CHARS = 500;
const CREATE = ['--create', '--numeric-owner', '.'];
const EXTRACT = ['--extract', '--preserve-permissions', '--no-same-owner'];

/** createLocalCopies reads and fills the directories of workspaces with the tar of this machine. */
export function createLocalCopies(deps: {
  readonly dataDirectory: string;
  /** Where `tar` is found. */
  readonly searchPath: string;
  readonly inTurn: Exclusive['run'];
  /** Stops what runs of a workspace; what it returns lets it go on. */
  readonly freeze: (workspaceId: string) => Promise<() => void>;
}): WorkspaceCopies {
  function partsOf({ workspaceId, revision }: WorkspaceFiles): [name: string, directory: string][] {
    const { project, home } = workspaceDirectories(deps.dataDirectory, workspaceId, revision);
    return [
      ['workspace', project],
      ['home', home],
    ];
  }

  async function fill(directory: string, archive: Readable): Promise<void> {
    await removeTree(directory);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const tar = runTar({ ...deps, directory, options: EXTRACT });
    const sent = pipeline(archive, tar.stdin);
    sent.catch(() => undefined);
    // It knows better why it took no more.
    await tar.ended;
    await sent;
  }

  return {
    read: (files, take) =>
      deps.inTurn(files.workspaceId, async () => {
        const thaw = await deps.freeze(files.workspaceId);
        try {
          for (const [name, directory] of partsOf(files)) {
            const tar = runTar({ ...deps, directory, options: CREATE });
            await Promise.all([take({ name, archive: tar.stdout }), tar.ended]);
          }
        } finally {
          thaw();
        }
      }),

    write: (files, parts) =>
      deps.inTurn(files.workspaceId, async () => {
        const directories = new Map(partsOf(files));
        for await (const { name, archive } of parts) {
          const directory = directories.get(name);
          if (directory === undefined)
            throw new AppError('backup_invalid', `Workspaces of this machine have no "${name}"`);
          await fill(directory, archive);
        }
      }),

    keepOnly: ({ workspaceId, revision }) =>
      deps.inTurn(workspaceId, async () => {
        const { root } = workspaceDirectories(deps.dataDirectory, workspaceId);
        const spare = (await readdir(root)).filter((name) =>
          revision === 0
            ? /^r\d+$/.test(name)
            : /^(r\d+|project|home)$/.test(name) && name !== `r${revision}`,
        );
        for (const name of spare) await removeTree(path.join(root, name));
      }),
  };
}

interface TarRun {
  readonly searchPath: string;
  readonly directory: string;
  readonly options: readonly string[];
}

function runTar({ searchPath, directory, options }: TarRun) {
  const tar = spawn('tar', ['--file=-', `--directory=${directory}`, ...options], {
    env: { PATH: searchPath, LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let words = '';
  tar.stderr.on('data', (chunk: Buffer) => {
    if (words.length < MAX_ERROR_CHARS) words += chunk.toString();
  });
  const ended = new Promise<void>((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new AppError('backup_failed', `tar says: ${words.trim()}`.slice(0, MAX_ERROR_CHARS)),
        );
    });
  });
  // Who waits for its output may see it end before it is told why.
  ended.catch(() => undefined);
  return { stdin: tar.stdin, stdout: tar.stdout, ended };
}
