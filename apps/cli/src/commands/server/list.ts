import type { Command } from 'commander';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const HEAD = ['NAME', 'STATE', 'CONNECTED', 'ADDRESS', 'AGENT', 'OWNER'];

export function registerServerList(server: Command, context: Context): void {
  const command = server
    .command('list')
    .description('list the servers')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => list(context, options.output));
  addExamples(command, [['spt-flow server list', 'every server, and whether it is connected']]);
}

async function list(context: Context, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const servers = (await client.listWorkspaces()).filter(({ provider }) => provider === 'server');
  if (output === 'text' && servers.length === 0) {
    return context.note('There are no servers yet. Try: spt-flow server join <name>');
  }
  context.print(output, { data: servers, text: table([HEAD, ...servers.map(rowOf)]) });
}

function rowOf({ name, actualState, agent, ownerName }: Workspace): string[] {
  const lastSeen = agent.lastSeenAt?.slice(0, 16).replace('T', ' ') ?? 'never';
  return [
    plain(name),
    actualState,
    agent.online ? 'now' : lastSeen,
    agent.address ?? '-',
    plain(agent.version ?? '-'),
    plain(ownerName),
  ];
}
