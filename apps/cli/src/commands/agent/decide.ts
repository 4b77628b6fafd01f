import type { Command } from 'commander';
import { confirmByName } from '../../steps/confirm.ts';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';
import { describeAgent } from './show.ts';

interface ReleaseOptions {
  readonly yes?: boolean;
  readonly output: OutputFormat;
}

export function registerAgentDecide(agent: Command, context: Context): void {
  const release = agent
    .command('release')
    .description('let the detained machine be the agent, in place of the present one')
    .argument('<workspace>', 'name or id')
    .option('--yes', 'do not ask')
    .addOption(outputOption())
    .action((workspace: string, options: ReleaseOptions) =>
      letIn(context, { workspace, ...options }),
    );
  addExamples(release, [['spt-flow agent release demo', 'shows both machines, and asks']]);
  const dismiss = agent
    .command('dismiss')
    .description('keep the detained machine out; the alarm is over')
    .argument('<workspace>', 'name or id')
    .addOption(outputOption())
    .action((workspace: string, { output }: { output: OutputFormat }) =>
      keepOut(context, workspace, output),
    );
  addExamples(dismiss, [['spt-flow agent dismiss demo', 'the present machine stays the agent']]);
}

async function letIn(
  context: Context,
  { workspace: handle, yes, output }: ReleaseOptions & { readonly workspace: string },
): Promise<void> {
  const client = await context.client();
  const workspace = await client.getWorkspace(handle);
  const name = plain(workspace.name);
  if (yes !== true) {
    await confirmByName(context, {
      name: workspace.name,
      doing: 'Releasing the detained machine of',
      consequence: [
        describeAgent(await client.getAgent(workspace.id)),
        'The detained machine becomes the agent at its next attempt; the present one loses its connection then.',
      ].join('\n'),
      command: `spt-flow agent release ${name}`,
      safe: 'Nothing was decided',
    });
  }
  const identity = await client.decideQuarantine(workspace.id, 'release');
  context.print(output, { data: identity, text: describeAgent(identity) });
}

async function keepOut(context: Context, handle: string, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const identity = await client.decideQuarantine(handle, 'dismiss');
  context.print(output, { data: identity, text: describeAgent(identity) });
}
