import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

export type StateDirectory = ReturnType<typeof statePaths>;

/** The agent's own files, all below one directory that only its user may read. */
export function statePaths(root: string) {
  return {
    root,
    /** Key and join state: whoever has a copy is this agent. */
    identity: join(root, 'identity.json'),
    /** Whether the agent is connected, for those who look at the machine. */
    connection: join(root, 'connection.json'),
    groups: join(root, 'groups'),
    processes: join(root, 'processes'),
    /** Exists while nothing may run. */
    suspended: join(root, 'suspended'),
    /** Staged and undo data of the running change set, and its journal. */
    stage: join(root, 'stage'),
    journal: join(root, 'journal.json'),
    lastReceipt: join(root, 'last-receipt.json'),
    /** Outcome of an interrupted change set that the control plane has not heard of. */
    recovered: join(root, 'recovered.json'),
    /** Log lines that the control plane does not have yet. */
    spool: join(root, 'spool'),
    /** Host key, and what the servers of open connections need. */
    ssh: join(root, 'ssh'),
    /** Versions of the agent that came by updates, and which of them runs. */
    updates: join(root, 'updates'),
    /** Versions of files that somebody edited while a change set was being undone. */
    kept: join(root, 'kept'),
  };
}

export async function openStateDirectory(root: string): Promise<StateDirectory> {
  const paths = statePaths(root);
  await mkdir(root, { recursive: true, mode: 0o700 });
  await mkdir(paths.groups, { recursive: true, mode: 0o700 });
  await mkdir(paths.processes, { recursive: true, mode: 0o700 });
  return paths;
}
