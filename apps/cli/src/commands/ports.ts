import type { Command } from 'commander';
import type { Port } from '@spt-flow/shared/api/ports';
import type { Context, OutputFormat } from '../context.ts';
import { addExamples, outputOption } from '../program.ts';
import { plain, table } from '../core/text.ts';

export function registerPorts(program: Command, context: Context): void {
  const command = program
    .command('ports')
    .description('list what a workspace listens on, and who may open it where')
    .argument('<workspace>', 'name or id')
    .addOption(outputOption())
    .action((workspace: string, options: { output: OutputFormat }) =>
      ports(context, workspace, options.output),
    );
  addExamples(command, [
    ['spt-flow ports demo', 'every port with its program and its address'],
    ['spt-flow ports demo --output json', 'the same for programs'],
  ]);
}

async function ports(context: Context, handle: string, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const { isSupported, items } = await client.listPorts(handle);
  if (output === 'text' && items.length === 0) {
    return context.note(
      isSupported
        ? `Nothing listens in the workspace. Try: spt-flow ssh ${handle}`
        : `The workspace cannot tell its ports. Try: spt-flow port-forward ${handle} -L <port>`,
    );
  }
  context.print(output, { data: items, text: table([HEAD, ...items.map(rowOf)]) });
}

const HEAD = ['PORT', 'PROGRAM', 'FOR', 'ADDRESS'];
const AUDIENCE = { private: 'owner and admins', organization: 'organization', public: 'everybody' };

function rowOf({ port, process, label, sharing, url }: Port): string[] {
  return [
    String(port),
    [label, process?.name ?? 'nothing at the moment']
      .filter((text) => text !== undefined)
      .map(plain)
      .join(': '),
    AUDIENCE[sharing],
    plain(url),
  ];
}
