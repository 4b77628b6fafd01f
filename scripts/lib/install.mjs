import { readFile } from 'node:fs/promises';
import { Failure } from './failure.mjs';
import { withProgress } from './progress.mjs';
import { inRoot } from './root.mjs';
import { capture } from './run.mjs';

/** ensureInstalled runs `npm ci` unless what is installed is what the lock file asks for. */
export async function ensureInstalled() {
  if (await isInstalled()) return;
  await withProgress('Installing packages', async () => {
    const [command, args] = npm('ci', '--no-audit', '--no-fund', '--loglevel=error');
    const { exitCode, output } = await capture(command, args);
    if (exitCode !== 0) {
      throw new Failure(
        'The packages could not be installed: check the network, then run the command again',
        { output },
      );
    }
  });
}

/** npm writes what it installed beside it, last; so an interrupted installation counts as none. */
async function isInstalled() {
  const wanted = await readLock('package-lock.json');
  const present = await readLock('node_modules/.package-lock.json');
  if (!wanted)
    throw new Failure(
      'package-lock.json is missing: restore it with git checkout package-lock.json',
    );
  if (!present) return false;
  return matches(wanted.packages, present.packages ?? {});
}

export function matches(wanted, present) {
  return Object.entries(wanted).every(([location, entry]) => {
    const found = present[location];
    if (location === '' || (!found && isOptional(entry))) return true;
    return Boolean(found) && found.version === entry.version && found.integrity === entry.integrity;
  });
}

function isOptional(entry) {
  return Boolean(entry.optional || entry.devOptional || entry.peer);
}

async function readLock(file) {
  try {
    return JSON.parse(await readFile(inRoot(file), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw new Failure(`${file} cannot be read: ${error.message}`);
  }
}

/** Under `npm run`, the very npm that called is used. */
function npm(...args) {
  const caller = process.env.npm_execpath;
  return caller?.endsWith('.js') ? [process.execPath, [caller, ...args]] : ['npm', args];
}
