import { isJoined } from '../connection/identity.ts';
import { readStatus } from '../connection/status.ts';
import { serviceManager } from '../install/service-manager.ts';
import { findSshd, NO_SSHD } from '../ssh/find-sshd.ts';
import { measureDisk, probeDisk } from '../system/disk.ts';
import { messageOf, systemCode } from '../system/errors.ts';
import { isDirectoryLocked, type TryLock } from '../system/directory-lock.ts';
import { statePaths } from '../system/state-directory.ts';
import { Trouble, type Finding, type Step } from './step.ts';

const { hints } = serviceManager;
const MIN_FREE_BYTES = 64 * 1024 * 1024;
const REJOIN = 'Join it again with a new code: `spt-flow server join <name> --replace`';

export interface Machine {
  /** Where the agent keeps its files, or will. */
  readonly stateDirectory: () => string;
  readonly isJoined: () => boolean;
  readonly path: string;
  readonly tryLock: TryLock;
}

/** Whether the joined agent does its work, and what the machine must offer for it. */
export function machineSteps(machine: Machine): Step[] {
  return [
    { name: 'tunnel', needs: ['settings'], run: () => checkTunnel(machine) },
    { name: 'disk', needs: ['settings'], run: () => checkDisk(machine) },
    { name: 'sshd', needs: [], run: async () => checkSshd(machine.path) },
  ];
}

async function checkTunnel({ stateDirectory, ...machine }: Machine): Promise<Finding> {
  if (!machine.isJoined()) return { detail: 'this machine has not joined yet', isSkipped: true };
  const paths = statePaths(stateDirectory());
  const { isKnown, isRunning, status } = await readable(async () => ({
    isKnown: await isJoined(paths.identity),
    isRunning: isDirectoryLocked(paths.root, machine.tryLock),
    status: await readStatus(paths.connection),
  }));
  if (!isKnown) throw new Trouble('This machine has lost its identity', REJOIN);
  if (!isRunning) {
    throw new Trouble(
      'The agent does not run',
      `Start it: \`${hints.start}\`. If it ends again: \`${hints.status}\``,
    );
  }
  if (status?.isConnected) return { detail: `connected since ${status.since}` };
  throw new Trouble(
    `The agent runs, but is not connected: ${status?.reason ?? 'it has only just begun'}`,
    `If the steps above have passed and the agent is refused, the control plane does not know this machine any more. ${REJOIN}`,
  );
}

async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error;
    throw new Trouble(
      `The agent's files cannot be read: ${messageOf(error)}`,
      'Run the doctor with sudo',
      { cause: error },
    );
  }
}

async function checkDisk({ stateDirectory, isJoined }: Machine): Promise<Finding> {
  const directory = stateDirectory();
  const { freeBytes, isOutOfFiles } = await readable(() => measureDisk(directory));
  const free = `${Math.floor(freeBytes / 1024 / 1024)} MiB are free at ${directory}`;
  if (isOutOfFiles || freeBytes < MIN_FREE_BYTES) {
    const detail = isOutOfFiles ? `No more files can be made at ${directory}` : `Only ${free}`;
    throw new Trouble(detail, 'Make room: `df -h`, `df -i`, `du -xhd2 /var`');
  }
  if (isJoined()) await readable(() => probe(directory));
  return { detail: free };
}

async function probe(directory: string): Promise<void> {
  try {
    await probeDisk(directory);
  } catch (error) {
    if (systemCode(error) === 'EACCES') throw error;
    throw new Trouble(
      `Cannot write to ${directory}: ${messageOf(error)}`,
      'Check quotas, and whether the file system has become read-only: `dmesg`',
      { cause: error },
    );
  }
}

function checkSshd(path: string): Finding {
  const program = findSshd(path);
  if (program === undefined) throw new Trouble(NO_SSHD.what, NO_SSHD.remedy);
  return { detail: program };
}
