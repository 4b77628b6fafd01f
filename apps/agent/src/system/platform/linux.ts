import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { readIfThere } from '../durable-file.ts';
import { systemCode } from '../errors.ts';
import { parseTraffic } from '../network-traffic.ts';
import {
  identifyProcess,
  membersOfGroup,
  processesWithVariable,
  processorTimes,
  readBootId,
  readProc,
} from '../proc.ts';
import { processName } from '../process-name.ts';
import { measureProcesses } from '../workspace-usage.ts';
import { linuxTable } from './linux-table.ts';
import type { Platform } from './platform-parts.ts';

const run = promisify(execFile);

/** The kernel tells in files of /proc. */
export const linux: Platform = {
  name: 'linux',
  processes: {
    identify: identifyProcess,
    membersOfGroup,
    withVariable: processesWithVariable,
    table: linuxTable,
    processorTimes,
    nameOf: processName,
    terminalOf,
    measure: (scope) => measureProcesses(scope, linuxTable()),
  },
  machine: {
    bootId: readBootId,
    id: async () => (await readIfThere('/etc/machine-id'))?.trim(),
    traffic() {
      const text = readProc('/proc/net/dev');
      return text === undefined ? undefined : parseTraffic(text);
    },
  },
  files: {
    below: ({ fd }, name) => `/proc/self/fd/${fd}/${name}`,
    whyNotBelow,
    syncFileSystem,
  },
  readListeners: undefined,
  flow: { stopOutput: 0, startOutput: 1 },
};

/** The kernel tells the device's number, of which bits 0 to 7 and 20 to 31 are those of the terminal. */
function terminalOf(pid: number): string | undefined {
  const text = readProc(`/proc/${pid}/stat`) ?? '';
  const device = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[4] ?? 0);
  return device === 0 ? undefined : `/dev/pts/${(device & 0xff) | ((device >>> 12) & 0xfff00)}`;
}

async function whyNotBelow(): Promise<string | undefined> {
  try {
    await stat('/proc/self/fd');
    return undefined;
  } catch {
    return 'The file system /proc is not mounted';
  }
}

/** False where the program is not installed. The short option is the one that Alpine's knows too. */
async function syncFileSystem(directory: string): Promise<boolean> {
  try {
    await run('sync', ['-f', directory]);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
