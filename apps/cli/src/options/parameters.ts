import { InvalidArgumentError, Option } from 'commander';
import type { ParameterValues, TemplateParameter } from '@spt-flow/shared/domain/template-shape';
import { readParameterText } from '@spt-flow/shared/domain/template-values';

export type ParameterTexts = Readonly<Record<string, string>>;

/** parameterOption is `--param name=value`, as often as needed. */
export function parameterOption(): Option {
  return new Option(
    '--param <name=value>',
    'parameter of the template; repeat for more, lists with commas',
  )
    .default({}, 'none')
    .argParser((text: string, before: ParameterTexts) => {
      const at = text.indexOf('=');
      if (at < 1) throw new InvalidArgumentError('It must be like size=devenv');
      return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
    });
}

/** readParameters gives texts their types; what the template does not know is left for the server to refuse. */
export function readParameters(
  parameters: readonly TemplateParameter[],
  texts: ParameterTexts,
): ParameterValues {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const pairs = Object.entries(texts).map(([name, text]) => {
    const parameter = byName.get(name);
    return [name, parameter ? readParameterText(parameter, text) : text] as const;
  });
  return Object.fromEntries(pairs);
}
