import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** findChromium looks at CHROMIUM_PATH first, then along PATH. */
export function findChromium(env = process.env) {
  return env.CHROMIUM_PATH ?? NAMES.map((name) => findCommand(name, env)).find(Boolean);
}

export function findCommand(name, env = process.env) {
  const folders = [
    ...(env.PATH ?? '').split(path.delimiter),
    '/usr/bin',
    '/usr/sbin',
    '/usr/local/go/bin',
  ];
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Absent, or not for us: look further.
    return false;
  }
}
