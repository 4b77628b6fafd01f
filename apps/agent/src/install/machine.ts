import { stat } from 'node:fs/promises';
import { FailureError } from '../console/command.ts';
import { systemCode } from '../system/errors.ts';
import { tryProgram } from '../system/run-program.ts';

/** Since this version systemd-notify waits until its message was read, without which it can get lost. */
const NOTIFY_VERSION = 246;
/** Where systemd shows that it runs the machine, as sd_booted(3) has it. */
const SYSTEMD_MARK = '/run/systemd/system';

/** ServiceManager is the systemd that runs this machine. */
export interface ServiceManager {
  readonly version: number;
  /** It hears that the agent lives. */
  readonly isNotified: boolean;
}

/** Undefined: this machine is run by something else. */
export async function findServiceManager(): Promise<ServiceManager | undefined> {
  if (!(await exists(SYSTEMD_MARK))) return undefined;
  const output = await tryProgram('systemctl', ['--version']);
  const version = Number(/^systemd (\d+)/.exec(output ?? '')?.[1]);
  return Number.isNaN(version) ? undefined : { version, isNotified: version >= NOTIFY_VERSION };
}

export function assertRoot(doing: string): void {
  if (process.getuid?.() === 0) return;
  throw new FailureError(`${doing} needs root: run the command with sudo`);
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
