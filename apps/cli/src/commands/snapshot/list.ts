import type { Command } from 'commander';
import type { Snapshot } from '@spt-flow/shared/api/snapshots';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { formatSize, plain, table } from '../../core/text.ts';

const HEAD = ['WORKSPACE', 'NAME', 'MADE (UTC)', 'SIZE', 'WHERE', 'EXPIRES', 'ID'];

export function registerSnapshotList(snapshot: Command, context: Context): void {
  const command = snapshot
    .command('list')
    .description('list snapshots, also of workspaces that are deleted')
    .argument('[workspace]', 'only those of this one')
    .addOption(outputOption())
    .action((handle: string | undefined, options: { output: OutputFormat }) =>
      list(context, handle, options.output),
    );
  addExamples(command, [
    ['spt-flow snapshot list', 'of all workspaces'],
    ['spt-flow snapshot list demo', 'of one'],
  ]);
}

async function list(
  context: Context,
  handle: string | undefined,
  output: OutputFormat,
): Promise<void> {
  const client = await context.client();
  const { items } = await (handle === undefined
    ? client.listAllSnapshots()
    : client.listSnapshots(handle));
  if (output === 'text' && items.length === 0)
    return context.note(
      `There are no snapshots. Try: spt-flow snapshot create ${handle ?? '<workspace>'}`,
    );
  context.print(output, { data: items, text: table([HEAD, ...items.map(rowOf)]) });
}

function rowOf({
  id,
  name,
  workspaceName,
  sizeBytes,
  storage,
  createdAt,
  expiresAt,
}: Snapshot): string[] {
  return [
    plain(workspaceName),
    plain(name),
    createdAt.slice(0, 16).replace('T', ' '),
    formatSize(sizeBytes),
    storage === 's3' ? 'S3' : 'server',
    expiresAt?.slice(0, 10) ?? 'never',
    id,
  ];
}
