import { Command, Option } from 'commander';
import type { CliIo } from './io.ts';
import { DEFAULT_SERVER_URL } from './server-url.ts';

const FOOTER = `
Settings, the first that is given counts:
  1. the option          --server https://flow.example.com
  2. its variable        SPT_FLOW_SERVER (each option has one: --repo-url is SPT_FLOW_REPO_URL)
  3. ~/.spt-flow.yaml    server, output and browser
  4. the default

SPT_FLOW_TOKEN signs in without 'spt-flow login'. A program 'spt-flow-<name>' on PATH adds a command.

Exit codes: 0 done, 1 failure, 2 wrong usage, 3 not signed in, 4 not found,
            5 no answer from the server, 130 interrupted; ssh passes on the code of what it ran.`;

/** createProgram is the root command; nothing in it writes or ends anything but through `io`. */
export function createProgram(io: CliIo): Command {
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
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // Errors are printed at one place only, by the root.
      outputError: () => undefined,
    })
    .addHelpText('after', FOOTER);
  return addExamples(program, [
    ['spt-flow login', 'sign in'],
    ['spt-flow up --repo-url https://github.com/octocat/Spoon-Knife', 'open a repository'],
    ['spt-flow ssh spoon-knife', 'work in it'],
  ]);
}

/** addExamples puts examples before everything else in the help. */
export function addExamples(
  command: Command,
  examples: readonly (readonly [line: string, meaning: string])[],
): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) => `  ${line.padEnd(width)}   ${meaning}`);
  return command.addHelpText('before', `Examples:\n${lines.join('\n')}\n`);
}

/** outputOption is on every command that prints data. */
export function outputOption(): Option {
  return new Option('--output <format>', 'text for people, json for programs')
    .choices(['text', 'json'])
    .default('text');
}
