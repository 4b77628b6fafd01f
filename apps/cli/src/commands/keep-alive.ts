import { Option, type Command } from 'commander';
import type { Context, OutputFormat } from '../context.ts';
import { readMinutes } from '../options/duration.ts';
import { describeInstant } from '../words/lifecycle-text.ts';
import { addExamples, outputOption } from '../program.ts';
import { plain } from '../core/text.ts';

interface Options {
  readonly for: number;
  readonly end?: boolean;
  readonly output: OutputFormat;
}

export function registerKeepAlive(program: Command, context: Context): void {
  const command = program
    .command('keep-alive')
    .description('keep a workspace running for a while, whatever its schedule and idle time say')
    .argument('<workspace>', 'name or id')
    .addOption(
      new Option('--for <time>', 'how long, like 90m, 2h or 1d')
        .argParser(readMinutes)
        .default(120, '2h'),
    )
    .option('--end', 'let schedule and idle time decide again')
    .addOption(outputOption())
    .action((workspace: string, options: Options) => keepAlive(context, workspace, options));
  addExamples(command, [
    ['spt-flow keep-alive demo', 'for two hours'],
    ['spt-flow keep-alive demo --for 8h', 'over a long night'],
    ['spt-flow keep-alive demo --end', 'it may stop again'],
  ]);
}

async function keepAlive(context: Context, handle: string, options: Options): Promise<void> {
  const client = await context.client();
  const lifecycle = await (options.end
    ? client.endKeepAlive(handle)
    : client.keepAlive(handle, options.for));
  const { keepUntil, verdict } = lifecycle;
  const text =
    keepUntil === null
      ? `Workspace '${plain(handle)}': ${plain(verdict.reason)}`
      : `Workspace '${plain(handle)}' is kept running until ${describeInstant(keepUntil)}`;
  context.print(options.output, { data: lifecycle, text });
}
