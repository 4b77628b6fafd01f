import { closeSync, constants, openSync } from 'node:fs';
import { systemCode } from './errors.ts';
import { platform } from './platform/platform.ts';

export interface OpenTerminal {
  readonly fd: number;
  close(): void;
}

/** Opens the terminal that controls a process, without making it the agent's own; undefined when it has ended. */
export function openControllingTerminal(pid: number): OpenTerminal | undefined {
  const path = platform.processes.terminalOf(pid);
  if (path === undefined) return undefined;
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
    return { fd, close: () => closeSync(fd) };
  } catch (error) {
    if (systemCode(error) === 'EIO' || systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
