import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';

/** copyProgram puts this executable into a directory, under the name that it has everywhere. */
export function copyProgram(directory: string): Promise<void> {
  return copyFile(process.execPath, join(directory, 'spt-flow-agent'));
}
