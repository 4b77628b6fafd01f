import { accessSync, constants } from 'node:fs';
import { systemCode } from './errors.ts';

/** isExecutable returns whether there is a program at the path that may be run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (systemCode(error) !== undefined) return false;
    throw error;
  }
}
