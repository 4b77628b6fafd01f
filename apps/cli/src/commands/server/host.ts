import type { Command } from 'commander';
import type { Host } from '@spt-flow/shared/api/servers';
import type { Context, OutputFormat } from '../../context.ts';
import { CliError, EXIT } from '../../core/errors.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

interface Options {
  readonly show?: boolean;
  readonly output: OutputFormat;
}

export function registerServerHost(server: Command, context: Context): void {
  const command = server
    .command('host')
    .description('let workspaces run in the container engine of a server; who runs it has to agree')
    .argument('<name>', 'name of the server')
    .option('--show', 'only show what it hosts')
    .addOption(outputOption())
    .action((name: string, options: Options) => host(context, name, options));
  addExamples(command, [
    ['spt-flow server host build-1', 'then: spt-flow up <url> --on-server build-1'],
    ['spt-flow server host build-1 --show', 'its engine, and the workspaces in it'],
  ]);
}

async function host(context: Context, name: string, { show, output }: Options): Promise<void> {
  const client = await context.client();
  const found = show ? (await client.showHost(name)).host : await client.addHost(name);
  if (!found) throw notHosting(name);
  context.print(output, { data: found, text: describe(found) });
  if (!show) context.note(`Then: spt-flow up <url> --on-server ${plain(name)}`);
}

function describe({ engine, problem, workspaces, hiddenWorkspaces }: Host): string {
  const names = workspaces.map((workspace) => plain(workspace.name));
  const others = hiddenWorkspaces > 0 ? [`${hiddenWorkspaces} that you do not see`] : [];
  const hosted = [...names, ...others].join(', ') || 'none';
  return `Engine:     ${plain(engine ?? problem ?? '')}\nWorkspaces: ${hosted}`;
}

function notHosting(name: string): CliError {
  return new CliError({
    what: `'${plain(name)}' hosts no workspaces`,
    safe: 'Nothing was changed',
    command: `spt-flow server host ${plain(name)}`,
    exitCode: EXIT.failure,
  });
}
