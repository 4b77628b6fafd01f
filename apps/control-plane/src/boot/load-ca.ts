import { readFileSync } from 'node:fs';
import { StartError } from './start-error.ts';

/** loadCa reads who signed the certificate of something, as a variable names it; null: any authority that is trusted. */
export function loadCa(file: string | null, variable: string): string | null {
  if (file === null) return null;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StartError(`The file "${file}" of ${variable} can't be read`, { cause });
  }
}
