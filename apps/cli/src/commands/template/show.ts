import { InvalidArgumentError, type Command } from 'commander';
import type { Template, TemplateVersionDetails } from '@spt-flow/shared/api/templates';
import type { TemplateParameter } from '@spt-flow/shared/domain/template-shape';
import { isRequired, optionsOf } from '@spt-flow/shared/domain/template-values';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

interface Options {
  readonly to?: number;
  readonly output: OutputFormat;
}

const HEAD = ['PARAMETER', 'TYPE', 'DEFAULT', 'PERMITTED', 'DESCRIPTION'];

export function registerTemplateShow(template: Command, context: Context): void {
  const command = template
    .command('show')
    .description('show a template with its parameters and presets')
    .argument('<template>', 'name or id')
    .option('--to <number>', 'of this version (default: the active one)', readVersion)
    .addOption(outputOption())
    .action((handle: string, options: Options) => show(context, handle, options));
  addExamples(command, [['spt-flow template show node-react', 'what can be chosen']]);
}

/** readVersion reads the number of a version. */
export function readVersion(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be the number of a version');
}

async function show(context: Context, handle: string, { to, output }: Options): Promise<void> {
  const client = await context.client();
  const { template, active } = await client.getTemplate(handle);
  const version = to === undefined ? active : await client.getTemplateVersion(handle, to);
  const text = version
    ? describe(template, version)
    : `${plain(template.name)} has no active version`;
  context.print(output, { data: { template, version }, text });
}

function describe(
  template: Template,
  { number, definition, source }: TemplateVersionDetails,
): string {
  const { parameters, presets, provider, minCliVersion } = definition;
  const facts = [
    `${plain(definition.displayName)} (${template.name}), version ${number} of ${template.latestVersion}`,
    plain(definition.description),
    ...(template.deprecation === null ? [] : [`Deprecated: ${plain(template.deprecation)}`]),
    `From: ${source.kind === 'git' ? plain(`${source.url} at ${source.commit}`) : source.kind}`,
    ...(provider === null ? [] : [`Runs on: ${provider}`]),
    ...(minCliVersion === null ? [] : [`Needs spt-flow ${minCliVersion} or newer`]),
  ];
  const sections = [
    facts.filter((line) => line !== '').join('\n'),
    parameters.length === 0 ? 'It has no parameters' : table([HEAD, ...parameters.map(rowOf)]),
    presets
      .map(({ name, values }) => `Preset ${plain(name)}: ${plain(JSON.stringify(values))}`)
      .join('\n'),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function rowOf(parameter: TemplateParameter): string[] {
  const { name, type, mutable, ephemeral, description } = parameter;
  const kind = ephemeral ? `${type}, once` : mutable ? type : `${type}, fixed`;
  const fallback = isRequired(parameter) ? 'required' : String(parameter.default);
  return [name, kind, plain(fallback), plain(permitted(parameter)), plain(description)];
}

function permitted(parameter: TemplateParameter): string {
  const options = optionsOf(parameter);
  if (options) return options.map(({ value }) => value).join(', ');
  if (parameter.type === 'bool') return 'true, false';
  const { min, max } = parameter;
  if (min === undefined && max === undefined) return 'any';
  return `${min ?? ''}..${max ?? ''}`;
}
