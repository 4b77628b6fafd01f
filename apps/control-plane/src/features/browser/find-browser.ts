import { access, constants } from 'node:fs/promises';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    // Absent, or not for us.
    return false;
  }
}

export interface BrowserPlaces {
  /** A program, `off`, or undefined: whatever is found along the search path. */
  readonly configured: string | undefined;
  readonly searchPath: string;
}

/** findBrowser returns the program of a Chromium; undefined when there is none or none is wanted. */
export async function findBrowser({
  configured,
  searchPath,
}: BrowserPlaces): Promise<string | undefined> {
  if (configured === 'off') return undefined;
  if (configured !== undefined) return configured;
  for (const name of NAMES)
    for (const folder of searchPath.split(path.delimiter)) {
      const file = path.join(folder, name);
      if (folder !== '' && (await isExecutable(file))) return file;
    }
  return undefined;
}
