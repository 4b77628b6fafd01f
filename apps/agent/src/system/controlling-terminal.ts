import { closeSync, constants, openSync } from 'node:fs';
import { systemCode } from './errors.ts';
import { readProc } from './proc.ts';

export interface OpenTerminal {
  readonly fd: number;
  close(): void;
}

/** Opens the terminal that controls a process, without making it the agent's own; undefined when it has ended. */
export function openControllingTerminal(pid: number): OpenTerminal | undefined {
  const path = terminalOf(pid);
  if (path === undefined) return undefined;
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
    return { fd, close: () => closeSync(fd) };
  } catch (error) {
    if (systemCode(error) === 'EIO' || systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The kernel tells the device's number, of which bits 0 to 7 and 20 to 31 are those of the terminal. */
function terminalOf(pid: number): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`) ?? '';
  const device = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4] ?? 0);
  return device === 0 ? undefined : `/dev/pts/${(device & 0xff) | ((device >>> 12) & 0xfff00)}`;
}
