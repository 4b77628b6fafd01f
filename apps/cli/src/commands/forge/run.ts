import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

interface RunOptions {
  readonly branch: string;
  readonly output: OutputFormat;
}

export function registerForgeRun(forge: Command, context: Context): void {
  const command = forge
    .command('run')
    .description('start a pipeline of GitLab')
    .argument('<project>', 'name or id')
    .option('--branch <name>', 'branch that it is for', 'main')
    .addOption(outputOption())
    .action((project: string, options: RunOptions) => run(context, project, options));
  addExamples(command, [
    ['spt-flow forge run demo', 'for main'],
    ['spt-flow forge run demo --branch fix', 'for another branch'],
  ]);
}

async function run(
  context: Context,
  project: string,
  { branch, output }: RunOptions,
): Promise<void> {
  const started = await (await context.client()).startForgePipeline(project, branch);
  context.print(output, { data: started, text: `Started: ${plain(started.url)}` });
}
