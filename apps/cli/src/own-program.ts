import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where an executable made with Bun has its own files. */
const INSIDE = /^(?:\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/;

export interface RunningProgram {
  readonly execPath: string;
  /** What runtimes call `argv[1]`. */
  readonly script: string;
  /** Of the bundle. */
  readonly folder: string;
  readonly platform: NodeJS.Platform;
}

export interface OwnProgram {
  /** The command that runs this program again. */
  readonly command: readonly string[];
  /** Where the files lie that belong to it. */
  readonly folder: string;
}

/** ownProgram prefers the executable beside the bundle: it starts in a quarter of the time. */
export function ownProgram({ execPath, script, folder, platform }: RunningProgram): OwnProgram {
  if (INSIDE.test(script)) return { command: [execPath], folder: path.dirname(execPath) };
  const executable = path.join(folder, platform === 'win32' ? 'spt-flow.exe' : 'spt-flow');
  return {
    command: existsSync(executable) ? [executable] : [execPath, path.resolve(script)],
    folder,
  };
}
