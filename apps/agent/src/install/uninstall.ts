import { rm, rmdir } from 'node:fs/promises';
import { FailureError, type CommandContext } from '../console/command.ts';
import { ignoring } from '../system/errors.ts';
import { removeOwnAccount } from './linux-account.ts';
import { removeTree } from './directories.ts';
import { readInstallation, type Installation } from './installation.ts';
import { LAYOUT } from './layout.ts';
import { exists } from './exists.ts';
import { serviceManager } from './service-manager.ts';

/** Removes all that `install` has made. What tells how that was done goes last, so that it can be repeated. */
export async function uninstall(
  { terminal }: CommandContext,
  { isConfirmed }: { isConfirmed: boolean },
): Promise<number> {
  if (!(await isInstalled())) {
    terminal.print('No agent is installed here.');
    return 0;
  }
  const installation = await readInstallation();
  const keeps = outsideProject(installation);
  if (!isConfirmed) await confirm(terminal, keeps);
  await serviceManager.disable();
  for (const file of serviceManager.definitions) await rm(file, { recursive: true, force: true });
  await removeTree(LAYOUT.data);
  if (installation?.isAccountOurs) await removeOwnAccount();
  await rm(LAYOUT.bundle, { recursive: true, force: true });
  await rm(LAYOUT.program, { force: true });
  await rm(LAYOUT.configuration, { recursive: true, force: true });
  for (const folder of LAYOUT.parents) await ignoring(['ENOENT', 'ENOTEMPTY'], () => rmdir(folder));
  const rest = keeps === undefined ? '' : ` The project in ${keeps} is still there.`;
  terminal.print(`The agent is removed.${rest}`);
  await serviceManager.forget();
  return 0;
}

async function isInstalled(): Promise<boolean> {
  const traces = [LAYOUT.configuration, LAYOUT.data, LAYOUT.program, LAYOUT.bundle];
  const found = await Promise.all([...traces, ...serviceManager.definitions].map(exists));
  return found.includes(true);
}

/** A project that lies elsewhere is its owner's, and stays. */
function outsideProject(installation: Installation | undefined): string | undefined {
  const directory = installation?.projectDirectory;
  return directory?.startsWith(`${LAYOUT.data}/`) ? undefined : directory;
}

async function confirm(
  terminal: CommandContext['terminal'],
  keeps: string | undefined,
): Promise<void> {
  if (!terminal.isInteractive) throw new FailureError('Nobody can be asked here: give --yes');
  const loss = keeps === undefined ? `, with the project in ${LAYOUT.project}` : '';
  const answer = await terminal.ask(`Remove the agent from this machine${loss}? [yes/no]`);
  if (answer !== 'yes') throw new FailureError('Nothing was removed');
}
