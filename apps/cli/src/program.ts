import { Command, Option, type Argument } from 'commander';
import type { CliIo } from './core/io.ts';
import { DEFAULT_SERVER_URL } from './api/server-url.ts';
import { columnsOf, LEAST_TEXT_COLUMNS, USUAL_COLUMNS } from './core/terminal-width.ts';

/** What somebody sees first who types the name alone: commands of this group. */
export const FIRST_STEPS = 'First steps:';
const WIDEST_COLUMNS = 100;

const SHORT_FOOTER = `
spt-flow --help lists all commands, spt-flow <command> --help explains one.`;

const FOOTER = `
Settings, the first that is given counts:
  1. the option        --server https://flow.example.com
  2. its variable      SPT_FLOW_SERVER; that of --repo-url is SPT_FLOW_REPO_URL
  3. ~/.spt-flow.yaml  server, output and browser
  4. the default

SPT_FLOW_TOKEN signs in without 'spt-flow login'.
A program 'spt-flow-<name>' on PATH adds a command.

Exit codes: 0 done, 1 failure, 2 wrong usage, 3 not signed in, 4 not found,
            5 no answer from the server, 130 interrupted;
            ssh passes on the code of what it ran.`;

/** createProgram is the root command; nothing in it writes or ends anything but through `io`. */
export function createProgram(io: CliIo): Command {
  const isBare = io.args.length === 0;
  const program = new Command('spt-flow')
    .description('Development workspaces on machines that you own')
    .addOption(
      new Option(
        '--server <url>',
        `address of spt-flow (default: where you signed in last, else ${DEFAULT_SERVER_URL})`,
      ),
    )
    .helpCommand(false)
    .exitOverride()
    .configureHelp({
      showGlobalOptions: true,
      helpWidth: Math.min(columnsOf(io.stdout) ?? USUAL_COLUMNS, WIDEST_COLUMNS),
      minWidthToWrap: LEAST_TEXT_COLUMNS,
      subcommandTerm,
      subcommandDescription,
      ...(isBare && { visibleCommands: firstSteps, visibleOptions: () => [] }),
    })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // Errors are printed at one place only, by the root.
      outputError: () => undefined,
    })
    .addHelpText('after', isBare ? SHORT_FOOTER : FOOTER);
  return addExamples(program, [
    ['spt-flow login', 'sign in'],
    ['spt-flow up https://github.com/octocat/Spoon-Knife', 'open a repo'],
    ['spt-flow ssh spoon-knife', 'work in it'],
  ]);
}

function firstSteps({ commands }: Command): Command[] {
  return commands.filter((command) => command.helpGroup() === FIRST_STEPS);
}

/** Names alone in the long list, with what they take in the short ones. */
function subcommandTerm(command: Command): string {
  const args = command.parent?.parent ? command.registeredArguments.map(argumentTerm) : [];
  return [command.name(), ...args].join(' ');
}

function argumentTerm(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '');
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** A list says what a command is for; what else is to know stands in its own help. */
function subcommandDescription(command: Command): string {
  return command.description().split(';')[0] ?? '';
}

/** addExamples puts examples before everything else in the help. */
export function addExamples(
  command: Command,
  examples: readonly (readonly [line: string, meaning: string])[],
): Command {
  const padded = Math.max(...examples.map(([line]) => line.length));
  return command.addHelpText('before', () => {
    const columns = command.configureHelp().helpWidth ?? USUAL_COLUMNS;
    const beside = examples.map(([line, meaning]) => `  ${line.padEnd(padded)}   ${meaning}`);
    const below = examples.map(([line, meaning]) => `  ${line}\n      ${meaning}`);
    const lines = beside.every(({ length }) => length <= columns) ? beside : below;
    return `Examples:\n${lines.join('\n')}\n`;
  });
}

/** outputOption is on every command that prints data. */
export function outputOption(): Option {
  return new Option('--output <format>', 'text for people, json for programs')
    .choices(['text', 'json'])
    .default('text');
}
