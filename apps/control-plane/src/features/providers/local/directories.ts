import { execFile } from 'node:child_process';
import { chmod, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { WorkspaceSpec } from '../provider.ts';
import { writeEtcFiles } from './etc-files.ts';
import { writeHomeFiles } from './home-files.ts';

const run = promisify(execFile);

/** Where a workspace's files are on this machine. */
export interface WorkspaceDirectories {
  readonly root: string;
  readonly project: string;
  readonly home: string;
  /** The agent's own: its key and journal. */
  readonly state: string;
  /** Files of /etc that are made for the workspace. */
  readonly etc: string;
}

/** workspaceDirectories finds one state of the files; the agent's own stays, whatever that is. */
export function workspaceDirectories(
  dataDirectory: string,
  workspaceId: string,
  revision = 0,
): WorkspaceDirectories {
  const root = path.join(dataDirectory, 'workspaces', workspaceId);
  const at = (name: string) => path.join(root, name);
  const kept = revision === 0 ? root : at(`r${revision}`);
  return {
    root,
    project: path.join(kept, 'project'),
    home: path.join(kept, 'home'),
    state: at('state'),
    etc: at('etc'),
  };
}

/** prepareDirectories makes what is missing and leaves what the owner has. */
export async function prepareDirectories(
  directories: WorkspaceDirectories,
  spec: WorkspaceSpec,
): Promise<void> {
  await mkdir(path.dirname(directories.root), { recursive: true, mode: 0o700 });
  for (const directory of [
    directories.root,
    directories.project,
    directories.home,
    directories.state,
    directories.etc,
  ]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  await writeEtcFiles(directories.etc, spec.name);
  await writeHomeFiles(directories.home, spec);
}

/** removeTree also removes what tools made read-only, e.g. the module cache of Go. */
export async function removeTree(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
  } catch {
    // chmod -R does not follow symbolic links, so nothing outside changes.
    await run('chmod', ['-R', 'u+rwX', directory]);
    await chmod(directory, 0o700);
    await rm(directory, { recursive: true, force: true });
  }
}
