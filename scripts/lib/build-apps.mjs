import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { APPS } from './apps.mjs';
import { Failure } from './failure.mjs';
import { withProgress } from './progress.mjs';
import { inRoot } from './root.mjs';
import { capture } from './run.mjs';
import { treeHash } from './tree-hash.mjs';

/** buildApps builds those of the apps whose sources changed since they were built. */
export async function buildApps(names = Object.keys(APPS)) {
  const unknown = names.filter((name) => !Object.hasOwn(APPS, name));
  if (unknown.length > 0) {
    throw new Failure(
      `There is no app '${unknown[0]}': choose from ${Object.keys(APPS).join(', ')}`,
    );
  }
  const outdated = (await Promise.all(names.map(checkApp))).filter((app) => app.outdated);
  if (outdated.length === 0) return;
  const label = `Building ${outdated.map((app) => app.name).join(', ')}`;
  await withProgress(label, () => Promise.all(outdated.map(buildApp)));
}

async function checkApp(name) {
  const hash = await treeHash(APPS[name].inputs);
  const built = await readFile(stampOf(name), 'utf8').catch(() => '');
  return { name, hash, outdated: built !== hash || !existsSync(inRoot(APPS[name].output)) };
}

async function buildApp({ name, hash }) {
  const { command, cwd = '.', output: expected } = APPS[name];
  await rm(stampOf(name), { force: true });
  const [script, ...args] = command;
  const { exitCode, output } = await capture(process.execPath, [inRoot(script), ...args], {
    cwd: inRoot(cwd),
  });
  if (exitCode !== 0)
    throw new Failure(`The build of '${name}' failed: see the lines above`, { output });
  if (!existsSync(inRoot(expected)))
    throw new Failure(`The build of '${name}' did not write ${expected}`, { output });
  await mkdir(inRoot('.cache/builds'), { recursive: true });
  await writeFile(stampOf(name), hash);
}

function stampOf(name) {
  return inRoot('.cache/builds', name);
}
