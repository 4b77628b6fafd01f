import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { ensureRunning } from '../steps/ensure-running.ts';
import { addExamples } from '../program.ts';
import type { Forwarding } from '../ssh/run-ssh.ts';

export function registerSsh(program: Command, context: Context): void {
  const command = program
    .command('ssh')
    .description(
      'log in to a workspace with OpenSSH, or run a command there; starts it when it is stopped',
    )
    .argument('<workspace>', 'name or id')
    .argument('[command...]', "after '--'; several words are one command, one word is shell text")
    .option('-A, --forward-agent', 'let programs there use the keys of your ssh-agent')
    .option(
      '-L, --local-forward <[bind:]port:host:port>',
      'a port here leads there; repeatable',
      collect,
      [],
    )
    .option(
      '-R, --remote-forward <[bind:]port:host:port>',
      'a port there leads here; repeatable',
      collect,
      [],
    )
    .option(
      '-D, --dynamic-forward <[bind:]port>',
      'a SOCKS proxy here into the workspace; repeatable',
      collect,
      [],
    )
    .option('-N, --forward-only', 'forward ports, run nothing')
    .option('-o, --ssh-option <name=value>', 'any other option of ssh; repeatable', collect, [])
    .action((workspace: string, words: string[], options: Forwarding) =>
      ssh(context, program, { workspace, words, options }),
    );
  addExamples(command, [
    ['spt-flow ssh demo', 'a shell where the project is'],
    ['spt-flow ssh demo -- npm test', 'run a command, with its exit code'],
    ["spt-flow ssh demo -- 'git log | head'", 'shell text in one word'],
    ["spt-flow ssh demo -- 'cat > data.csv' < data.csv", 'into the workspace, byte by byte'],
    ['spt-flow ssh demo -N -L 8080:localhost:3000 -D 1080', 'forward ports until Ctrl-C'],
    ['spt-flow config-ssh', 'for scp, rsync and editors: workspaces become hosts of ssh'],
  ]);
}

function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

interface Login {
  readonly workspace: string;
  readonly words: readonly string[];
  readonly options: Forwarding;
}

async function ssh(
  context: Context,
  program: Command,
  { workspace, words, options }: Login,
): Promise<void> {
  const client = await context.client();
  await ensureRunning(context, client, workspace);
  const [login, { name }, { runSsh }] = await Promise.all([
    client.getSshLogin(workspace),
    client.getWorkspace(workspace),
    import('../ssh/run-ssh.ts'),
  ]);
  const exitCode = await runSsh(context, { ...login, name, words, forwarding: options });
  program.setOptionValue('exitCode', exitCode);
}
