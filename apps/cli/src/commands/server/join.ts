import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

interface Options {
  readonly project?: string;
  readonly replace?: boolean;
  readonly output: OutputFormat;
}

export function registerServerJoin(server: Command, context: Context): void {
  const command = server
    .command('join')
    .description('print the command that joins one machine as a server, once')
    .argument('<name>', 'name of the server: small letters, digits, dashes')
    .option('--project <project>', 'name or id of a project that has no machine yet')
    .option('--replace', 'of a server that is there already; the machine before is shut out')
    .addOption(outputOption())
    .action((name: string, options: Options) => join(context, name, options));
  addExamples(command, [
    ['spt-flow server join build-1', 'run what it prints on the machine, within 15 minutes'],
    ['spt-flow server join build-1 --replace', 'for a machine that takes its place'],
  ]);
}

async function join(context: Context, name: string, options: Options): Promise<void> {
  const client = await context.client();
  const { project, replace, output } = options;
  const invited = replace
    ? await client.inviteServer(name)
    : await client.createServer({ name, ...(project !== undefined && { project }) });
  const { invitation, workspace } = invited;
  if (invitation.note !== null) context.note(`Warning: ${plain(invitation.note)}`);
  context.note(`Run this on the machine, before ${invitation.expiresAt}. It is a secret:`);
  context.print(output, { data: invited, text: invitation.command });
  context.note(`Then: spt-flow server list, spt-flow ssh ${plain(workspace.name)}`);
}
