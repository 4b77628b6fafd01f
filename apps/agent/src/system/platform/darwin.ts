import { execFile, spawnSync } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCode } from '../errors.ts';
import type { NetworkTraffic } from '../network-traffic.ts';
import { readListeners } from './darwin-listeners.ts';
import {
  darwinTable,
  identify,
  measure,
  membersOfGroup,
  nameOf,
  terminalOf,
  withVariable,
} from './darwin-ps.ts';
import type { Platform } from './platform-parts.ts';

/** macOS is asked by its own programs: it has no /proc. */
export const darwin: Platform = {
  name: 'darwin',
  processes: {
    ...{ identify, membersOfGroup, withVariable, table: darwinTable, nameOf, terminalOf, measure },
    processorTimes: () => new Map(),
  },
  machine: {
    bootId: () => outputOf('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']) ?? 'unknown',
    id: readMachineId,
    traffic() {
      const text = outputOf('/usr/sbin/netstat', ['-ibn']);
      return text === undefined ? undefined : parseTraffic(text);
    },
  },
  files: {
    // The kernel finds the directory by its number, which nobody else gets while it is open here.
    below({ fd }, name) {
      const { dev, ino } = fstatSync(fd, { bigint: true });
      return `/.vol/${dev}/${ino}/${name}`;
    },
    whyNotBelow,
    syncFileSystem: async () => false,
  },
  readListeners,
  flow: { stopOutput: 1, startOutput: 2 },
};

function outputOf(file: string, args: readonly string[]): string | undefined {
  const { stdout, status } = spawnSync(file, args, { encoding: 'utf8', env: { LC_ALL: 'C' } });
  return status === 0 ? stdout.trim() : undefined;
}

async function readMachineId(): Promise<string | undefined> {
  const args = ['-rd1', '-c', 'IOPlatformExpertDevice'];
  const { stdout } = await promisify(execFile)('/usr/sbin/ioreg', args);
  return parseMachineId(stdout);
}

export function parseMachineId(text: string): string | undefined {
  return /"IOPlatformUUID" = "([0-9A-F-]+)"/.exec(text)?.[1];
}

/** parseTraffic reads `netstat -ibn`. Each interface has one line of its own, and more for its addresses. */
export function parseTraffic(text: string): NetworkTraffic {
  const interfaces = text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [name = '', , network = ''] = fields;
    // Counted from the end, since not every interface has an address.
    const counters = fields.slice(-7).map(Number);
    return network.startsWith('<Link#') && !name.startsWith('lo') ? [counters] : [];
  });
  const sum = (column: number) => interfaces.reduce((all, one) => all + (one[column] ?? 0), 0);
  return { receivedBytes: sum(2), sentBytes: sum(5) };
}

/** APFS and HFS+ can; network file systems and others cannot. */
async function whyNotBelow(directory: string): Promise<string | undefined> {
  const { dev, ino } = await stat(directory, { bigint: true });
  try {
    await stat(`/.vol/${dev}/${ino}`);
    return undefined;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return 'The file system of the project finds no directory by its number: it must lie on APFS or HFS+';
  }
}
