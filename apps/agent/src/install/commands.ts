import { FailureError, readOptions, type CommandContext } from '../console/command.ts';
import { joinInForeground } from './foreground.ts';
import { install } from './install.ts';
import { LAYOUT } from './layout.ts';
import { assertRoot } from './machine.ts';
import { INSTALL_OPTIONS, INSTALL_OPTIONS_HELP } from './options.ts';
import { serviceManager } from './service-manager.ts';
import { uninstall } from './uninstall.ts';

const INSTALL_USAGE = `Usage: spt-flow-agent install [options]

Joins this machine to a control plane and has systemd or launchd run the agent. The join code comes by a pipe or is asked for, so
that it shows in no history and no list of processes. Repeated, it renews the program and keeps the identity.

Options:
${INSTALL_OPTIONS_HELP}
  -h, --help             print this

HTTPS_PROXY and NO_PROXY are taken from the environment.`;

const JOIN_USAGE = `Usage: spt-flow-agent join [options]

Joins this machine to a control plane: by a join code from a pipe or a prompt, or with --url by asking. As root on a
machine with systemd or launchd it installs the agent as a service; elsewhere it prints the command that runs it.

Options:
${INSTALL_OPTIONS_HELP}
  --no-service           install no service
  --state-dir <folder>   where the agent keeps its identity, without a service
  -h, --help             print this

HTTPS_PROXY and NO_PROXY are taken from the environment.`;

const UNINSTALL_USAGE = `Usage: spt-flow-agent uninstall [--yes]

Removes the agent and all that belongs to it from this machine. A project outside of ${LAYOUT.data} stays.

Options:
  --yes       do not ask
  -h, --help  print this`;

const UNINSTALL_OPTIONS = {
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h' },
} as const;

const JOIN_OPTIONS = {
  ...INSTALL_OPTIONS,
  'no-service': { type: 'boolean', default: false },
  'state-dir': { type: 'string' },
} as const;

export async function installCommand(context: CommandContext): Promise<number> {
  const options = readOptions(context.args, INSTALL_OPTIONS);
  if (options.help) return help(context, INSTALL_USAGE);
  if (!(await serviceManager.isInCharge())) {
    throw new FailureError(
      'This machine is not run by systemd or launchd: `spt-flow-agent join` joins it, and says which command keeps the agent running',
    );
  }
  assertRoot('Installing a service');
  return install({ context, options });
}

export async function joinCommand(context: CommandContext): Promise<number> {
  const options = readOptions(context.args, JOIN_OPTIONS);
  if (options.help) return help(context, JOIN_USAGE);
  const isService = !options['no-service'] && options['state-dir'] === undefined;
  const mayInstall = isService && process.getuid?.() === 0 && (await serviceManager.isInCharge());
  return mayInstall ? install({ context, options }) : joinInForeground(context, options);
}

export async function uninstallCommand(context: CommandContext): Promise<number> {
  const options = readOptions(context.args, UNINSTALL_OPTIONS);
  if (options.help) return help(context, UNINSTALL_USAGE);
  assertRoot('Removing a service');
  return uninstall(context, { isConfirmed: options.yes });
}

function help({ terminal }: CommandContext, text: string): number {
  terminal.print(text);
  return 0;
}
