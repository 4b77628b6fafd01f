import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { addExamples } from '../program.ts';

interface Options {
  readonly agentSocket: string;
  readonly loginUser?: string;
}

/** For ssh, which runs it for each connection: `spt-flow config-ssh` writes how. */
export function registerSshProxy(program: Command, context: Context): void {
  const command = program
    .command('ssh-proxy', { hidden: true })
    .description('the way of ssh to a workspace, on standard input and output')
    .argument('<workspace>', 'name or id, with or without .spt-flow')
    .requiredOption('--agent-socket <path>', 'where ssh asks for the key')
    .option('--login-user <name>', 'as whom ssh logs in')
    .action(async (host: string, { agentSocket, loginUser }: Options) => {
      const { runSshProxy } = await import('../ssh/run-ssh-proxy.ts');
      await runSshProxy(context, { host, agentSocket, user: loginUser });
    });
  addExamples(command, [
    [
      "ProxyCommand spt-flow ssh-proxy --agent-socket ~/.ssh/demo --login-user '%r' -- '%n'",
      'in ~/.ssh/config',
    ],
  ]);
}
