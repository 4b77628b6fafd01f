import { chmod, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { launcherScript } from '../update/launcher.ts';
import { updatePlaces } from '../update/update-places.ts';
import { exists } from './exists.ts';
import { LAYOUT } from './layout.ts';

/** What was installed runs next, whatever came by updates before. */
export async function placeLauncher(): Promise<void> {
  await mkdir(dirname(LAYOUT.launcher), { recursive: true, mode: 0o755 });
  await writeLauncher(LAYOUT.launcher);
  const { current, trial, boots, reverted } = updatePlaces(LAYOUT.updates);
  for (const mark of [trial, current, boots, reverted]) await rm(mark, { force: true });
}

export async function writeLauncher(file: string): Promise<void> {
  await writeFile(`${file}.new`, launcherScript(), { mode: 0o755 });
  await chmod(`${file}.new`, 0o755);
  // A running shell goes on with the file that it began with.
  await rename(`${file}.new`, file);
}

/** A root that somebody gave takes the place of the one before; one that was found at joining only fills a gap. */
export async function placeUpdateRoot({
  given,
  found,
}: {
  readonly given: string | undefined;
  readonly found: string | undefined;
}): Promise<void> {
  if (given !== undefined && given !== LAYOUT.updateRoot) await copyFile(given, LAYOUT.updateRoot);
  else if (found !== undefined && !(await exists(LAYOUT.updateRoot)))
    await writeFile(LAYOUT.updateRoot, found);
  else return;
  await chmod(LAYOUT.updateRoot, 0o644);
}

/** For an agent that runs without a service: the command that does what a service manager would start. */
export function launchCommand(
  program: readonly string[],
  stateDirectory: string,
): readonly string[] {
  const [file = '', ...rest] = program;
  // Whoever runs the bundle with Node.js renews it by hand.
  if (rest.length > 0) return program;
  return ['sh', join(stateDirectory, 'launch'), join(stateDirectory, 'updates'), file];
}
