import { fillText, fillWhole, referencesIn } from './template-references.ts';
import type {
  ParameterValue,
  ParameterValues,
  TemplateParameter,
  TemplateSettings,
  TemplateShape,
} from './template-shape.ts';
import { explainValue, type ParameterProblem } from './template-values.ts';
import { WorkspaceSettingsSchema, type WorkspaceSettings } from './workspace-settings.ts';

/** What a person chose; values count more than those of the preset. */
export interface TemplateChoice {
  readonly preset?: string | undefined;
  readonly values?: ParameterValues | undefined;
}

/** ResolvedTemplate is how one workspace is made. */
export interface ResolvedTemplate {
  readonly settings: WorkspaceSettings;
  /** For the next start only, when an ephemeral parameter was given. */
  readonly nextStart: WorkspaceSettings | null;
  readonly startScript: string | null;
  /** To be kept: what was chosen, and what can't change any more. What is left out follows the template's default. */
  readonly values: ParameterValues;
}

export type Resolution =
  | { readonly ok: true; readonly resolved: ResolvedTemplate }
  | { readonly ok: false; readonly problems: readonly ParameterProblem[] };

/** resolveTemplate turns a template and a choice into the settings of a workspace, or says what is wrong with the choice. */
export function resolveTemplate(template: TemplateShape, choice: TemplateChoice): Resolution {
  const preset = template.presets.find(({ name }) => name === choice.preset);
  if (choice.preset !== undefined && !preset)
    return failed([unknownPreset(template, choice.preset)]);
  const given = new Map(Object.entries({ ...preset?.values, ...choice.values }));
  const problems = [...unknownValues(template, given), ...wrongValues(template, given)];
  if (problems.length > 0) return failed(problems);

  const lasting = valuesFor(template, given, { ephemeral: false });
  const settings = fillSettings(template, lasting);
  if (!settings.ok) return settings;
  const isOnce = template.parameters.some(({ name, ephemeral }) => ephemeral && given.has(name));
  const once = isOnce
    ? fillSettings(template, valuesFor(template, given, { ephemeral: true }))
    : undefined;
  if (once && !once.ok) return once;
  return {
    ok: true,
    resolved: {
      settings: settings.settings,
      nextStart: once?.settings ?? null,
      startScript: template.startScript,
      values: kept(template.parameters, given, lasting),
    },
  };
}

function failed(problems: readonly ParameterProblem[]) {
  return { ok: false as const, problems };
}

function unknownPreset(template: TemplateShape, name: string): ParameterProblem {
  const names = template.presets.map((preset) => preset.name);
  return {
    parameter: 'preset',
    reason: 'unknown',
    message: `There is no preset "${name}"; ${names.length > 0 ? `there are ${names.join(', ')}` : 'the template has none'}`,
  };
}

function unknownValues(
  { parameters }: TemplateShape,
  given: ReadonlyMap<string, ParameterValue>,
): ParameterProblem[] {
  const names = parameters.map(({ name }) => name);
  return [...given.keys()]
    .filter((name) => !names.includes(name))
    .map((parameter) => ({
      parameter,
      reason: 'unknown',
      message: `There is no parameter "${parameter}"; ${names.length > 0 ? `there are ${names.join(', ')}` : 'the template has none'}`,
    }));
}

function wrongValues(
  { parameters }: TemplateShape,
  given: ReadonlyMap<string, ParameterValue>,
): ParameterProblem[] {
  return parameters.flatMap((parameter): ParameterProblem[] => {
    const value = given.get(parameter.name) ?? parameter.default;
    if (value === undefined)
      return [problemOf(parameter.name, 'missing', `has to be given: ${typeWords(parameter)}`)];
    const message = explainValue(parameter, value);
    return message === undefined ? [] : [problemOf(parameter.name, 'invalid', message)];
  });
}

function problemOf(
  parameter: string,
  reason: ParameterProblem['reason'],
  message: string,
): ParameterProblem {
  return { parameter, reason, message: `"${parameter}" ${message}` };
}

function typeWords(parameter: TemplateParameter): string {
  const options = 'options' in parameter ? parameter.options : undefined;
  if (options) return `one of ${options.map(({ value }) => value).join(', ')}`;
  const words = { string: 'a text', number: 'a number', bool: 'true or false', list: 'a list' };
  return words[parameter.type];
}

function valuesFor(
  { parameters }: TemplateShape,
  given: ReadonlyMap<string, ParameterValue>,
  counts: { ephemeral: boolean },
): Map<string, ParameterValue> {
  const pairs = parameters.flatMap(({ name, ephemeral, default: fallback }) => {
    const value = ephemeral && !counts.ephemeral ? fallback : (given.get(name) ?? fallback);
    return value === undefined ? [] : [[name, value] as const];
  });
  return new Map(pairs);
}

function kept(
  parameters: readonly TemplateParameter[],
  given: ReadonlyMap<string, ParameterValue>,
  lasting: ReadonlyMap<string, ParameterValue>,
): ParameterValues {
  const pairs = parameters.flatMap(({ name, ephemeral, mutable }) => {
    const value = mutable ? given.get(name) : lasting.get(name);
    return ephemeral || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}

type Filled =
  | { readonly ok: true; readonly settings: WorkspaceSettings }
  | { readonly ok: false; readonly problems: readonly ParameterProblem[] };

/** A value may fit its parameter and still not the setting that it is for, e.g. a size that does not exist. */
function fillSettings(
  { settings }: TemplateShape,
  values: ReadonlyMap<string, ParameterValue>,
): Filled {
  const parsed = WorkspaceSettingsSchema.safeParse(filled(settings, values));
  if (parsed.success) return { ok: true, settings: parsed.data };
  const problems = parsed.error.issues.map((issue): ParameterProblem => {
    const key = settingKey(issue.path[0]);
    const [parameter] = key ? referencesIn(settings[key]) : [];
    const message = `makes the setting "${issue.path.join('.')}" not valid: ${issue.message}`;
    return problemOf(parameter ?? `settings.${String(issue.path[0])}`, 'invalid', message);
  });
  return failed(problems);
}

const SETTING_KEYS = [
  ...(['size', 'isolation', 'image', 'devcontainer', 'virtualization', 'gpus'] as const),
  ...(['models', 'environment', 'egress', 'coder'] as const),
];

function settingKey(name: PropertyKey | undefined): keyof TemplateSettings | undefined {
  return SETTING_KEYS.find((key) => key === name);
}

function filled(settings: TemplateSettings, values: ReadonlyMap<string, ParameterValue>): object {
  const { environment, egress, coder, ...texts } = settings;
  const whole = Object.entries(texts).map(
    ([key, value]) => [key, typeof value === 'string' ? fillWhole(value, values) : value] as const,
  );
  return {
    ...Object.fromEntries(whole),
    ...(environment && { environment: fillTexts(environment, values) }),
    ...(coder && {
      coder: {
        template: fillText(coder.template, values),
        parameters: fillTexts(coder.parameters ?? {}, coderValues(values)),
      },
    }),
    ...(egress !== undefined && {
      egress: Array.isArray(egress)
        ? egress.map((host) => fillText(host, values))
        : egress && fillWhole(egress, values),
    }),
  };
}

function fillTexts(
  texts: Readonly<Record<string, string>>,
  values: ReadonlyMap<string, ParameterValue>,
): Record<string, string> {
  const filledTexts = Object.entries(texts).map(
    ([name, text]) => [name, fillText(text, values)] as const,
  );
  return Object.fromEntries(filledTexts);
}

/** Coder takes lists as JSON. */
function coderValues(values: ReadonlyMap<string, ParameterValue>): Map<string, ParameterValue> {
  return new Map(
    [...values].map(([name, value]) => [
      name,
      Array.isArray(value) ? JSON.stringify(value) : value,
    ]),
  );
}
