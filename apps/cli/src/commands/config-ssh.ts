import type { Command } from 'commander';
import type { Context, OutputFormat } from '../context.ts';
import { addExamples, outputOption } from '../program.ts';

interface Options {
  readonly remove?: boolean;
  readonly output: OutputFormat;
}

export function registerConfigSsh(program: Command, context: Context): void {
  const command = program
    .command('config-ssh')
    .description(
      'make workspaces hosts of ssh, scp, rsync and editors; adds one line to ~/.ssh/config',
    )
    .option('--remove', 'take it away again')
    .addOption(outputOption())
    .action((options: Options) => configSsh(context, options));
  addExamples(command, [
    ['spt-flow config-ssh', 'again whenever it should know all new workspaces'],
    ['ssh demo.spt-flow', 'then a workspace is a host; it starts when it is stopped'],
    ['rsync -a src/ demo.spt-flow:src/', 'for every program that uses ssh'],
    ['spt-flow config-ssh --remove', 'as if it had never been'],
  ]);
}

async function configSsh(context: Context, options: Options): Promise<void> {
  if (options.remove) {
    const { removeSshConfig } = await import('../ssh/config-files.ts');
    await removeSshConfig(context.io);
    return context.print(options.output, {
      data: { hosts: [] },
      text: 'ssh does not know workspaces any more',
    });
  }
  const { setUpSsh } = await import('../ssh/set-up-ssh.ts');
  const hosts = await setUpSsh(context, await context.client());
  if (options.output === 'text' && hosts.length === 0)
    return context.note('There are no workspaces yet. Try: spt-flow up <git url>');
  context.print(options.output, { data: { hosts }, text: hosts.join('\n') });
  context.note(`Next: ssh ${hosts[0] ?? '<workspace>.spt-flow'}`);
}
