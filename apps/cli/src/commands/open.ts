import type { Command } from 'commander';
import type { Context, OutputFormat } from '../context.ts';
import { ensureRunning } from '../steps/ensure-running.ts';
import { CliError, EXIT } from '../core/errors.ts';
import { addExamples, outputOption } from '../program.ts';
import { plain } from '../core/text.ts';

interface Options {
  readonly browser: boolean;
  readonly output: OutputFormat;
}

export function registerOpen(program: Command, context: Context): void {
  const command = program
    .command('open')
    .description(
      'show where the app of a workspace answers, and open it; starts it when it is stopped',
    )
    .argument('<workspace>', 'name or id')
    .option('--no-browser', 'only show the address')
    .addOption(outputOption())
    .action((workspace: string, options: Options) => open(context, workspace, options));
  addExamples(command, [
    ['spt-flow open demo', 'open the app in the browser'],
    ['curl "$(spt-flow open demo --no-browser)"', 'use its address'],
  ]);
}

async function open(context: Context, handle: string, options: Options): Promise<void> {
  const { io } = context;
  const client = await context.client();
  const workspace = await client.getWorkspace(handle);
  await ensureRunning(context, client, workspace.id);
  const { previewUrl } = await client.getProject(workspace.projectId);
  if (!/^https?:\/\//.test(previewUrl)) {
    throw new CliError({
      what: 'The server named an address that is no web page',
      exitCode: EXIT.unreachable,
    });
  }
  context.print(options.output, { data: { previewUrl }, text: plain(previewUrl) });
  if (options.browser && io.stdout.isTTY && options.output === 'text') io.openBrowser(previewUrl);
}
