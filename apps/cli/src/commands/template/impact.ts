import type { Command } from 'commander';
import type { WorkspaceImpact } from '@spt-flow/shared/api/templates';
import type { Client } from '../../api/client.ts';
import type { Context, OutputFormat } from '../../context.ts';
import { parameterOption, readParameters, type ParameterTexts } from '../../options/parameters.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';
import { readVersion } from './show.ts';

export interface UpdateOptions {
  readonly to?: number;
  readonly param: ParameterTexts;
  readonly output: OutputFormat;
}

export function registerTemplateImpact(template: Command, context: Context): void {
  const command = template
    .command('impact')
    .description('what an update would do to each workspace of a template; nothing is changed')
    .argument('<template>', 'name or id')
    .argument('[workspaces...]', 'names or ids (default: all of the template)')
    .option('--to <number>', 'to this version (default: the active one)', readVersion)
    .addOption(parameterOption())
    .addOption(outputOption())
    .action((handle: string, workspaces: string[], options: UpdateOptions) =>
      impact(context, { handle, workspaces }, options),
    );
  addExamples(command, [
    ['spt-flow template impact node-react', 'before updating to the active version'],
    ['spt-flow template impact node-react demo --param size=devenv', 'before changing a parameter'],
  ]);
}

async function impact(
  context: Context,
  { handle, workspaces }: { handle: string; workspaces: string[] },
  options: UpdateOptions,
): Promise<void> {
  const client = await context.client();
  const body = await wantedOf(client, handle, options);
  const result = await client.templateImpact(handle, {
    ...body,
    ...(workspaces.length > 0 && { workspaces }),
  });
  const lines = result.items.flatMap(describeImpact);
  const text = lines.length > 0 ? lines.join('\n') : 'No workspace is made of this template';
  context.print(options.output, { data: result, text });
  if (result.truncated) context.note('There are more workspaces than were looked at');
}

/** wantedOf reads parameters by the version that is updated to. */
export async function wantedOf(client: Client, handle: string, { to, param }: UpdateOptions) {
  if (Object.keys(param).length === 0) return { ...(to !== undefined && { version: to }) };
  const version =
    to === undefined
      ? (await client.getTemplate(handle)).active
      : await client.getTemplateVersion(handle, to);
  const values = readParameters(version?.definition.parameters ?? [], param);
  return { values, ...(to !== undefined && { version: to }) };
}

const EFFECTS: Readonly<Record<WorkspaceImpact['effect'], string>> = {
  none: 'nothing changes but its version',
  restart: 'from its next start on; files stay',
  recreate: 'can not be updated, only made anew: what is not committed is lost',
};

/** describeImpact is a head line per workspace, and what would change or stands in the way below it. */
export function describeImpact(impact: WorkspaceImpact): string[] {
  const reasons = [...impact.problems.map(({ message }) => message), impact.refusal ?? []].flat();
  const effect = reasons.length > 0 ? 'something stands in the way' : EFFECTS[impact.effect];
  return [
    `${impact.canUpdate ? '✓' : '✗'} ${plain(impact.name)} (${plain(impact.ownerName)}), version ${impact.fromVersion}: ${effect}`,
    ...reasons.map((reason) => `    ${plain(reason)}`),
    ...impact.changes.map(
      ({ setting, before, after }) =>
        `    ${plain(setting)}: ${plain(before ?? 'not set')} → ${plain(after ?? 'not set')}`,
    ),
  ];
}
