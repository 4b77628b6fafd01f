import type { Command } from 'commander';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import type { Context, OutputFormat } from '../core/context.ts';
import { addExamples, outputOption } from '../core/program.ts';
import { plain, table } from '../core/text.ts';

export function registerList(program: Command, context: Context): void {
  const command = program
    .command('list')
    .description('list the workspaces')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => list(context, options.output));
  addExamples(command, [
    ['spt-flow list', 'every workspace with its state'],
    ['spt-flow list --output json', 'the same for programs'],
  ]);
}

async function list(context: Context, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const workspaces = await client.listWorkspaces();
  if (output === 'text' && workspaces.length === 0) {
    return context.note('There are no workspaces yet. Try: spt-flow up --repo-url <git url>');
  }
  context.print(output, { data: workspaces, text: table([HEAD, ...workspaces.map(rowOf)]) });
}

const HEAD = ['NAME', 'STATE', 'SINCE (UTC)', 'PROVIDER', 'OWNER', 'TEMPLATE'];

function rowOf(workspace: Workspace): string[] {
  return [
    plain(workspace.name),
    describeState(workspace),
    workspace.stateSince.slice(0, 16).replace('T', ' '),
    workspace.provider,
    plain(workspace.ownerName),
    describeTemplate(workspace),
  ];
}

function describeTemplate({ template }: Workspace): string {
  if (!template) return '-';
  const { name, version, activeVersion } = template;
  const newer =
    activeVersion !== null && activeVersion !== version ? `, ${activeVersion} is active` : '';
  return `${plain(name)} ${version}${newer}`;
}

function describeState({ actualState, agent }: Workspace): string {
  return actualState === 'running' && !agent.online ? 'running, not connected' : actualState;
}
