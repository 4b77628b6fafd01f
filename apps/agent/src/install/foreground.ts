import { copyFile, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  FailureError,
  proxyVariables,
  UsageError,
  type CommandContext,
} from '../console/command.ts';
import { findTicket, joinControlPlane } from '../join/joining.ts';
import { ignoring } from '../system/errors.ts';
import { makeFolderBeside } from './directories.ts';
import { checkOptions, engineOf, type InstallOptions } from './options.ts';
import { joinedSettings } from './settings.ts';
import { launchCommand, writeLauncher } from './update-files.ts';

const UPDATE_ROOT = 'update-root.json';

export interface ForegroundOptions extends InstallOptions {
  readonly 'state-dir'?: string | undefined;
}

/** Joins without a service: for machines that something else than systemd runs, and for people without root. */
export async function joinInForeground(
  context: CommandContext,
  options: ForegroundOptions,
): Promise<number> {
  checkOptions(options);
  if (options.user !== undefined || options['memory-max'] !== undefined) {
    throw new UsageError('--user and --memory-max are for a service, and none is installed here');
  }
  const stateDirectory = options['state-dir'] ?? join(stateHome(context), 'spt-flow-agent');
  const projectDirectory = options['project-dir'] ?? join(homeOf(context), 'spt-flow');
  await assertUnused(stateDirectory);
  const ticket = await findTicket(context, options);
  if (!ticket) throw new FailureError('A join code is needed, or --url to ask for one');
  await mkdir(dirname(stateDirectory), { recursive: true, mode: 0o700 });
  const candidate = await makeFolderBeside(stateDirectory);
  try {
    const caFile = options['ca-file'];
    const joined = await joinControlPlane({ context, ticket, caFile, stateDirectory: candidate });
    await writeLauncher(join(candidate, 'launch'));
    const isRooted = await keepUpdateRoot(candidate, options['update-root'], joined.updateRoot);
    const settings = {
      ...joinedSettings(joined),
      ...proxyVariables(context.environment),
      SPT_FLOW_AGENT_CA_FILE: caFile,
      SPT_FLOW_AGENT_UPDATE_ROOT: isRooted ? join(stateDirectory, UPDATE_ROOT) : undefined,
      SPT_FLOW_AGENT_STATE_DIR: stateDirectory,
      SPT_FLOW_AGENT_PROJECT_DIR: projectDirectory,
      SPT_FLOW_AGENT_HOST_CONTAINERS: engineOf(options),
    };
    await writeFile(join(candidate, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
    await ignoring(['ENOENT'], () => rmdir(stateDirectory));
    await rename(candidate, stateDirectory);
  } finally {
    await rm(candidate, { recursive: true, force: true });
  }
  await mkdir(projectDirectory, { recursive: true });
  tellCommand(context, stateDirectory);
  return 0;
}

function tellCommand({ program, terminal }: CommandContext, stateDirectory: string): void {
  const settings = ['--config-file', join(stateDirectory, 'settings.json')];
  const command = [...launchCommand(program, stateDirectory), 'run', ...settings];
  terminal.tell('Joined. No service was installed; this runs the agent:');
  terminal.print(command.map(shellWord).join(' '));
}

/** False: nobody has said whose releases to take. */
async function keepUpdateRoot(
  folder: string,
  given: string | undefined,
  found: string | undefined,
): Promise<boolean> {
  if (given !== undefined) await copyFile(given, join(folder, UPDATE_ROOT));
  else if (found !== undefined) await writeFile(join(folder, UPDATE_ROOT), found);
  return given !== undefined || found !== undefined;
}

async function assertUnused(stateDirectory: string): Promise<void> {
  const entries = await ignoring(['ENOENT'], () => readdir(stateDirectory));
  if (!entries || entries.length === 0) return;
  throw new FailureError(
    `'${stateDirectory}' belongs to an agent already: remove it, or name another with --state-dir`,
  );
}

function homeOf({ environment }: CommandContext): string {
  const home = environment['HOME'];
  if (!home) throw new UsageError('HOME is not set: give --state-dir and --project-dir');
  return home;
}

function stateHome(context: CommandContext): string {
  return context.environment['XDG_STATE_HOME'] ?? join(homeOf(context), '.local/state');
}

function shellWord(word: string): string {
  return /^[\w@./:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
