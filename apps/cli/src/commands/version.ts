import type { Command } from 'commander';
import type { Context, OutputFormat } from '../context.ts';
import { addExamples, outputOption } from '../program.ts';
import { plain } from '../core/text.ts';

export function registerVersion(program: Command, context: Context): void {
  const command = program
    .command('version')
    .description('show the versions of this program and of the server')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => version(context, options.output));
  addExamples(command, [
    ['spt-flow version', 'both versions, with a warning when they do not fit'],
  ]);
}

async function version(context: Context, output: OutputFormat): Promise<void> {
  const cli = context.io.version;
  const url = await context.server();
  const server = await serverVersion(context);
  const lines = [
    `spt-flow ${cli}`,
    server === undefined ? `no answer from ${url}` : `server ${server} at ${url}`,
  ];
  context.print(output, {
    data: { cli, server: { url, version: server ?? null } },
    text: lines.join('\n'),
  });
  if (server !== undefined && release(server) !== release(cli)) {
    context.note(
      `Warning: this program is ${cli} and the server ${server}; use the same release of both`,
    );
  }
}

/** The version of this program can be told without the server. */
async function serverVersion(context: Context): Promise<string | undefined> {
  try {
    const client = await context.client('');
    return plain((await client.version()).version).slice(0, 100);
  } catch (error) {
    const absent =
      error instanceof Error &&
      'code' in error &&
      ['unreachable', 'bad_answer'].includes(String(error.code));
    if (absent && !context.io.signal.aborted) return undefined;
    throw error;
  }
}

/** Patch releases fit together. */
function release(text: string): string {
  return text.split('.').slice(0, 2).join('.');
}
