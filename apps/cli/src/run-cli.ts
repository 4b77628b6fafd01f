import type { Command } from 'commander';
import { createContext, type Context } from './context.ts';
import { EXIT } from './core/errors.ts';
import { findExternal, runExternal } from './core/external-command.ts';
import type { CliIo } from './core/io.ts';
import { readPreferences } from './core/preferences.ts';
import { createProgram } from './program.ts';
import { reportError } from './core/report-error.ts';
import { DEFAULT_SERVER_URL } from './api/server-url.ts';
import { applySettings } from './core/settings.ts';

/** runCli runs one command and resolves with its exit code; it never ends the process. */
export async function runCli(io: CliIo): Promise<number> {
  const program = createProgram(io);
  const context = createContext(io, program);
  await registerNamed(program, context);
  let verb = '';
  let names: Readonly<Record<string, string>> = {};
  program.hook('preAction', async (_, command) => {
    verb = verbOf(command);
    names = namesIn(command);
    applySettings(command, { env: io.env, preferences: await readPreferences(io) });
  });
  try {
    const external = await externalFor(program, io);
    if (external !== undefined) return await runExternal(external, io.args.slice(1), io);
    await program.parseAsync(effectiveArgs(io.args), { from: 'user' });
    return exitCodeOf(program);
  } catch (error) {
    const server = await context.server().catch(() => DEFAULT_SERVER_URL);
    const { correlationId } = context;
    verb ||= verbIn(program, io.args);
    return reportError(io, error, { correlationId, server, verb, names });
  }
}

/** At each login ssh waits for its proxy to start, which loads no other command for that. */
async function registerNamed(program: Command, context: Context): Promise<void> {
  if (context.io.args[0] === 'ssh-proxy') {
    const { registerSshProxy } = await import('./commands/ssh-proxy.ts');
    registerSshProxy(program, context);
  } else {
    const { registerCommands } = await import('./commands/all.ts');
    registerCommands(program, context);
  }
}

function effectiveArgs(args: readonly string[]): string[] {
  if (args.length === 0) return ['--help'];
  return args[0] === '--version' || args[0] === '-V' ? ['version', ...args.slice(1)] : [...args];
}

async function externalFor(program: Command, io: CliIo): Promise<string | undefined> {
  const [name] = io.args;
  if (name === undefined || program.commands.some((command) => command.name() === name)) {
    return undefined;
  }
  return findExternal(name, io);
}

function verbOf(command: Command): string {
  return command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
}

/** verbIn is for what could not be parsed: the command whose help says how. */
function verbIn(program: Command, args: readonly string[]): string {
  let command = program;
  for (const arg of args) {
    const child = command.commands.find((candidate) => candidate.name() === arg);
    if (!child) break;
    command = child;
  }
  return command === program ? '' : verbOf(command);
}

/** What the command is about, by the names that commands have for it: for the next step of an error. */
function namesIn(command: Command): Record<string, string> {
  const names: Record<string, string> = {};
  for (const option of ['template', 'project']) {
    const value: unknown = command.getOptionValue(option);
    if (typeof value === 'string') names[option] = value;
  }
  for (const [index, argument] of command.registeredArguments.entries()) {
    const value = command.args[index];
    // ssh says a workspace as the name of a host.
    if (value !== undefined) names[argument.name()] = value.replace(/\.spt-flow$/, '');
  }
  return names;
}

function exitCodeOf(program: Command): number {
  const code: unknown = program.getOptionValue('exitCode');
  return typeof code === 'number' ? code : EXIT.ok;
}
