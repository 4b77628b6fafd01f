import { nameFault } from './name.ts';
import { explainPattern } from './template-pattern.ts';
import { referencesIn } from './template-references.ts';
import { resolveTemplate } from './template-resolve.ts';
import {
  TemplateShapeSchema,
  type ParameterValue,
  type ParameterValues,
  type TemplateParameter,
  type TemplateShape,
} from './template-shape.ts';
import { explainValue, optionsOf } from './template-values.ts';

interface Fault {
  readonly path: (string | number)[];
  readonly message: string;
}

/** TemplateDefinitionSchema is a template whose parts fit together: what it offers can be chosen. */
export const TemplateDefinitionSchema = TemplateShapeSchema.superRefine((template, context) => {
  for (const { path, message } of faultsOf(template))
    context.addIssue({ code: 'custom', path, message });
});

function faultsOf(template: TemplateShape): Fault[] {
  const faults = [
    ...displayNameFaults(template),
    ...repeated(template.parameters, 'parameters'),
    ...repeated(template.presets, 'presets'),
    ...template.parameters.flatMap(parameterFaults),
    ...referenceFaults(template),
    ...coderFaults(template),
  ];
  return faults.length > 0 ? faults : choiceFaults(template);
}

function repeated(items: readonly { name: string }[], key: string): Fault[] {
  const names = items.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ path: [key, index, 'name'], message: `"${name}" is there twice` }],
  );
}

function displayNameFaults({ displayName, parameters, presets }: TemplateShape): Fault[] {
  const shown = [
    { path: [], name: displayName },
    ...parameters.map(({ displayName: name }, index) => ({ path: ['parameters', index], name })),
    ...presets.map(({ displayName: name }, index) => ({ path: ['presets', index], name })),
  ];
  return shown.flatMap(({ path, name }) => {
    const message = name === undefined ? undefined : nameFault(name);
    return message === undefined ? [] : [{ path: [...path, 'displayName'], message }];
  });
}

function parameterFaults(parameter: TemplateParameter, index: number): Fault[] {
  const { name, default: fallback, ephemeral, mutable } = parameter;
  const fault = (key: string, message: string): Fault => ({
    path: ['parameters', index, key],
    message: `"${name}" ${message}`,
  });
  const pattern = 'pattern' in parameter ? parameter.pattern : undefined;
  const patternFault = pattern === undefined ? undefined : explainPattern(pattern);
  if (patternFault !== undefined) return [fault('pattern', `has a pattern that ${patternFault}`)];
  const faults: Fault[] = [];
  if (ephemeral && fallback === undefined)
    faults.push(fault('default', 'is ephemeral and so needs a default for later starts'));
  if (ephemeral && !mutable)
    faults.push(fault('mutable', 'is ephemeral and so can not be immutable'));
  const wrongDefault = fallback === undefined ? undefined : explainValue(parameter, fallback);
  if (wrongDefault !== undefined)
    faults.push(fault('default', `${wrongDefault}, also its default`));
  return faults;
}

function referenceFaults({ settings, parameters }: TemplateShape): Fault[] {
  const names = new Set(parameters.map(({ name }) => name));
  return Object.entries(settings).flatMap(([key, setting]) =>
    referencesIn(setting)
      .filter((name) => !names.has(name))
      .map((name) => ({
        path: ['settings', key],
        message: `refers to "${name}", which is no parameter; there are ${[...names].join(', ') || 'none'}`,
      })),
  );
}

function coderFaults({ provider, settings }: TemplateShape): Fault[] {
  if (provider === 'coder' && !settings.coder) {
    const message = 'names no template of the Coder server: "coder": { "template": "…" }';
    return [{ path: ['settings', 'coder'], message }];
  }
  if (provider === 'coder' || !settings.coder) return [];
  return [{ path: ['settings', 'coder'], message: 'is for the provider "coder" only' }];
}

/** Every preset and every option must lead to a workspace; what has no default gets a sample meanwhile. */
function choiceFaults(template: TemplateShape): Fault[] {
  const samples = Object.fromEntries(
    template.parameters.flatMap((parameter) => {
      const sample = parameter.default ?? sampleOf(parameter);
      return sample === undefined ? [] : [[parameter.name, sample] as const];
    }),
  );
  return choicesOf(template).flatMap(({ values, path }) => {
    const resolution = resolveTemplate(template, { values: { ...samples, ...values } });
    if (resolution.ok) return [];
    return resolution.problems
      .filter(({ reason }) => reason !== 'missing')
      .map(({ message }) => ({ path, message }));
  });
}

interface Choice {
  readonly values: ParameterValues;
  readonly path: (string | number)[];
}

function choicesOf({ parameters, presets }: TemplateShape): Choice[] {
  const singles = parameters.flatMap((parameter, index) =>
    parameter.type === 'list'
      ? []
      : (optionsOf(parameter) ?? []).map(({ value }, place) => ({
          values: { [parameter.name]: value },
          path: ['parameters', index, 'options', place],
        })),
  );
  return [
    { values: {}, path: ['settings'] },
    ...presets.map(({ values }, index) => ({ values, path: ['presets', index, 'values'] })),
    ...singles,
  ];
}

/** Only what is surely permitted: a free text may have to mean something that only people know. */
function sampleOf(parameter: TemplateParameter): ParameterValue | undefined {
  if (parameter.type === 'bool') return false;
  const first = optionsOf(parameter)?.[0]?.value;
  if (first === undefined) return undefined;
  const sample = parameter.type === 'list' ? [String(first)] : first;
  return explainValue(parameter, sample) === undefined ? sample : undefined;
}
