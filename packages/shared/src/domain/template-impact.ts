import { resolveTemplate, type ResolvedTemplate } from './template-resolve.ts';
import type { ParameterValues, TemplateShape } from './template-shape.ts';
import type { ParameterProblem } from './template-values.ts';
import type { WorkspaceSettings } from './workspace-settings.ts';

/** What a workspace is made of now. */
export interface Made {
  readonly provider: string;
  readonly settings: WorkspaceSettings;
  readonly startScript: string | null;
  readonly values: ParameterValues;
}

/** One thing that would be different. Values of environment variables are not told. */
export interface SettingChange {
  readonly setting: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** `restart`: it holds from the next start on. `recreate`: this workspace can't become that, only a new one can. */
export const IMPACT_EFFECTS = ['none', 'restart', 'recreate'] as const;

export interface TemplateImpact {
  readonly changes: readonly SettingChange[];
  readonly problems: readonly ParameterProblem[];
  readonly effect: (typeof IMPACT_EFFECTS)[number];
  /** Of the files in the workspace. */
  readonly isDataKept: boolean;
  /** Null when a problem is in the way. */
  readonly resolved: ResolvedTemplate | null;
}

/** impactOf says what becomes of a workspace when it is made by a version of its template, with values given anew. */
export function impactOf(
  made: Made,
  template: TemplateShape,
  given: ParameterValues = {},
): TemplateImpact {
  const effect = template.provider !== null && template.provider !== made.provider;
  const move: SettingChange[] = effect
    ? [{ setting: 'provider', before: made.provider, after: template.provider }]
    : [];
  const carried = carriedValues(made, template);
  const resolution = resolveTemplate(template, { values: { ...carried, ...given } });
  const problems = [
    ...immutableProblems(template, carried, given),
    ...(resolution.ok ? [] : resolution.problems),
  ];
  const resolved = resolution.ok && problems.length === 0 ? resolution.resolved : null;
  const changes = [...move, ...(resolved ? changesBetween(made, resolved) : [])];
  const restart = changes.length > 0 || resolved?.nextStart ? 'restart' : 'none';
  return {
    changes,
    problems,
    resolved,
    effect: effect ? 'recreate' : restart,
    isDataKept: !effect,
  };
}

/** What the template does not know any more is forgotten. */
function carriedValues({ values }: Made, { parameters }: TemplateShape): ParameterValues {
  const known = new Set(parameters.map(({ name }) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => known.has(name)));
}

function immutableProblems(
  { parameters }: TemplateShape,
  carried: ParameterValues,
  given: ParameterValues,
): ParameterProblem[] {
  return parameters.flatMap(({ name, mutable }): ParameterProblem[] => {
    const [before, after] = [carried[name], given[name]];
    if (mutable || before === undefined || after === undefined) return [];
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    const message = `"${name}" was decided when the workspace was created and stays ${JSON.stringify(before)}`;
    return [{ parameter: name, reason: 'immutable', message }];
  });
}

function changesBetween(made: Made, next: ResolvedTemplate): SettingChange[] {
  const before = flatten(made.settings);
  const after = flatten(next.settings);
  const settings = [...new Set([...before.keys(), ...after.keys()])].flatMap((setting) =>
    before.get(setting) === after.get(setting)
      ? []
      : [{ setting, before: tell(before, setting), after: tell(after, setting) }],
  );
  if (made.startScript === next.startScript) return settings;
  return [...settings, { setting: 'startScript', before: lines(made), after: lines(next) }];
}

function flatten({ environment, egress, coder, ...plain }: WorkspaceSettings): Map<string, string> {
  const texts = Object.entries(plain).map(
    ([key, value]) => [key, String(value ?? 'default')] as const,
  );
  const variables = Object.entries(environment).map(
    ([name, value]) => [`environment.${name}`, value] as const,
  );
  const coderValues = Object.entries(coder?.parameters ?? {}).map(
    ([name, value]) => [`coder.parameters.${name}`, value] as const,
  );
  return new Map([
    ...texts,
    ['egress', egress?.join(', ') ?? 'any'],
    ...variables,
    ...(coder ? [['coder.template', coder.template] as const] : []),
    ...coderValues,
  ]);
}

function tell(settings: ReadonlyMap<string, string>, setting: string): string | null {
  const value = settings.get(setting);
  return value !== undefined && setting.startsWith('environment.') ? 'set' : (value ?? null);
}

function lines({ startScript }: { readonly startScript: string | null }): string | null {
  return startScript === null ? null : `${startScript.trimEnd().split('\n').length} lines`;
}
