import type { Command } from 'commander';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import type { Context, OutputFormat } from '../context.ts';
import { addExamples, outputOption } from '../program.ts';
import { formatSize, plain, table } from '../core/text.ts';

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
    return context.note('There are no workspaces yet. Try: spt-flow up <git url>');
  }
  const arePaid = workspaces.some(({ costPerHour }) => costPerHour !== null);
  const head = arePaid ? [...HEAD, 'COST/H'] : HEAD;
  const rows = workspaces.map((workspace) =>
    arePaid ? [...rowOf(workspace), costOf(workspace)] : rowOf(workspace),
  );
  context.print(output, { data: workspaces, text: table([head, ...rows]) });
}

const HEAD = ['NAME', 'STATE', 'SINCE (UTC)', 'PROVIDER', 'OWNER', 'TEMPLATE'];

/** What does not run costs nothing. */
function costOf({ costPerHour, actualState }: Workspace): string {
  if (costPerHour === null || actualState !== 'running') return '-';
  return `${costPerHour.amount} ${plain(costPerHour.currency)}`;
}

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

function describeState({ actualState, agent, stopWarning, dormancy, disk }: Workspace): string {
  if (dormancy)
    return dormancy.deletesAt
      ? `dormant, deleted on ${dormancy.deletesAt.slice(0, 10)}`
      : 'dormant';
  if (actualState !== 'running') return actualState;
  if (!agent.online) return 'running, not connected';
  if (stopWarning) return `running, stops at ${stopWarning.at.slice(11, 16)}`;
  const isFull = disk !== null && disk.usedBytes > disk.limitBytes;
  return isFull ? `running, ${formatSize(disk.usedBytes)} of disk` : 'running';
}
