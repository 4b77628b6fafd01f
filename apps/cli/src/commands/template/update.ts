import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { CliError, EXIT, usageError } from '../../core/errors.ts';
import { parameterOption } from '../../options/parameters.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';
import { describeImpact, wantedOf, type UpdateOptions } from './impact.ts';
import { readVersion } from './show.ts';

interface Options extends UpdateOptions {
  readonly all?: boolean;
}

export function registerTemplateUpdate(template: Command, context: Context): void {
  const command = template
    .command('update')
    .description('update workspaces to a version of their template, from their next start on')
    .argument('<template>', 'name or id')
    .argument('[workspaces...]', 'names or ids')
    .option('--all', 'all workspaces of the template')
    .option('--to <number>', 'to this version (default: the active one)', readVersion)
    .addOption(parameterOption())
    .addOption(outputOption())
    .action((handle: string, workspaces: string[], options: Options) =>
      update(context, { handle, workspaces }, options),
    );
  addExamples(command, [
    ['spt-flow template update node-react demo', 'one workspace to the active version'],
    ['spt-flow template update node-react demo --param size=devenv', 'a larger machine'],
    ['spt-flow template update node-react --all', 'see impact first'],
  ]);
}

async function update(
  context: Context,
  { handle, workspaces }: { handle: string; workspaces: string[] },
  options: Options,
): Promise<void> {
  if (workspaces.length === 0 && !options.all)
    throw usageError(
      'Say which workspaces, or --all',
      `spt-flow template update ${handle} <workspace>`,
    );
  const client = await context.client();
  const wanted = await wantedOf(client, handle, options);
  const all = options.all ? (await client.templateImpact(handle, wanted)).items : [];
  const handles = options.all ? all.map(({ workspaceId }) => workspaceId) : workspaces;
  if (handles.length === 0) return context.note('No workspace is made of this template');
  const result = await client.updateWorkspaces(handle, { ...wanted, workspaces: handles });
  context.print(options.output, {
    data: result,
    text: result.updated
      .map(({ name }) => `${plain(name)} is of version ${result.version} from its next start on`)
      .join('\n'),
  });
  if (result.refused.length === 0) return;
  throw new CliError({
    what: `${result.refused.length} of ${handles.length} workspaces were not updated`,
    safe: 'They are as they were',
    details: result.refused.flatMap(describeImpact),
    command: `spt-flow template show ${handle}`,
    exitCode: EXIT.failure,
  });
}
