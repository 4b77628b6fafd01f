import type { Command } from 'commander';
import type { Client } from '../api/client.ts';
import type { Context } from '../context.ts';
import { ensureRunning } from '../steps/ensure-running.ts';
import { addExamples } from '../program.ts';
import { PIPED_SHELL, shellCommand } from '../terminal/shell-command.ts';

export function registerTerminal(program: Command, context: Context): void {
  const command = program
    .command('terminal')
    .description(
      'open a terminal that outlives its connection, or run a command; needs no ssh on either side',
    )
    .argument('<workspace>', 'name or id')
    .argument('[command...]', "after '--'; several words are one command, one word is shell text")
    .action((workspace: string, words: string[]) =>
      terminal(context, program, { workspace, words }),
    );
  addExamples(command, [
    ['spt-flow terminal demo', 'a terminal; Enter ~ . leaves a dead one'],
    ['spt-flow terminal demo -- npm test', 'run a command, with its exit code'],
    ["spt-flow terminal demo -- 'git log | head'", 'shell text in one word'],
    ['spt-flow terminal demo -- cat data.csv > data.csv', 'out of the workspace, byte by byte'],
    ["spt-flow terminal demo -- 'cat > data.csv' < data.csv", 'into the workspace'],
  ]);
}

async function terminal(
  context: Context,
  program: Command,
  { workspace, words }: { workspace: string; words: string[] },
): Promise<void> {
  const client = await context.client();
  await ensureRunning(context, client, workspace);
  const command = words.length === 0 ? undefined : shellCommand(words);
  const exitCode = await run(context, { client, workspace, command });
  program.setOptionValue('exitCode', exitCode);
}

interface Session {
  readonly client: Client;
  readonly workspace: string;
  readonly command: string | undefined;
}

/** Keys and a screen get a terminal; where one of them is a pipe or a file, bytes have to stay as they are. */
async function run({ io }: Context, session: Session): Promise<number> {
  if (io.stdin.isTTY && io.stdout.isTTY) {
    const { runTerminal } = await import('../terminal/terminal-session.ts');
    return runTerminal({ io, ...session });
  }
  const { runCommand } = await import('../terminal/command-session.ts');
  return runCommand({ io, ...session, command: session.command ?? PIPED_SHELL });
}
