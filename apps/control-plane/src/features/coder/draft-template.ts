import type { CoderDraft } from '@spt-flow/shared/api/coder';
import { slugify } from '@spt-flow/shared/domain/slug';
import { explainPattern } from '@spt-flow/shared/domain/template-pattern';
import { ParameterNameSchema } from '@spt-flow/shared/domain/template-shape';
import type { CoderTemplate, RichParameter } from '../providers/index.ts';

/** draftTemplate makes a template of spt-flow out of one of Coder: each parameter there becomes one here. */
export function draftTemplate(
  template: CoderTemplate,
  parameters: readonly RichParameter[],
): CoderDraft {
  const notes: string[] = [];
  const taken = new Set<string>();
  const drafts = parameters.map((parameter) => {
    const name = nameFor(parameter.name, taken);
    taken.add(name);
    return { name, of: parameter, draft: draftOf(name, parameter, notes) };
  });
  const definition = {
    name: slugify(template.name, 'coder').slice(0, 50),
    displayName: (template.display_name || template.name).slice(0, 100),
    description: template.description.slice(0, 1000),
    provider: 'coder',
    settings: {
      coder: {
        template: template.name,
        parameters: Object.fromEntries(drafts.map(({ name, of }) => [of.name, `\${${name}}`])),
      },
    },
    parameters: drafts.map(({ draft }) => draft),
  };
  return { definition, notes };
}

/** Names here are shorter, and small. */
function nameFor(name: string, taken: ReadonlySet<string>): string {
  const small = name.toLowerCase().replace(/[^a-z0-9_]+/g, '_');
  const base = (/^[a-z]/.test(small) ? small : `p_${small}`).slice(0, 46);
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? base : `${base}_${number}`;
    if (!taken.has(candidate) && ParameterNameSchema.safeParse(candidate).success) return candidate;
  }
}

function draftOf(name: string, parameter: RichParameter, notes: string[]): object {
  const { display_name, description_plaintext, mutable, ephemeral } = parameter;
  if (parameter.validation_monotonic !== '')
    notes.push(
      `"${name}": Coder lets it only be ${parameter.validation_monotonic}, and refuses a start with another value`,
    );
  return {
    name,
    ...(display_name !== '' && { displayName: display_name.slice(0, 100) }),
    description: description_plaintext.slice(0, 1000),
    ...(!mutable && !ephemeral && { mutable }),
    ...(ephemeral && { ephemeral }),
    ...valuesOf(name, parameter, notes),
  };
}

function valuesOf(name: string, parameter: RichParameter, notes: string[]): object {
  const { type, validation_min: min, validation_max: max } = parameter;
  switch (type) {
    case 'number':
      return {
        ...{ type, ...defaultOf(parameter, Number), ...optionsOf(parameter, Number) },
        ...(typeof min === 'number' && { min }),
        ...(typeof max === 'number' && { max }),
      };
    case 'bool':
      return { type, ...defaultOf(parameter, (text) => text === 'true') };
    case 'list(string)':
      return { type: 'list', ...defaultOf(parameter, listOf), ...optionsOf(parameter, String) };
    default:
      return {
        ...{ type: 'string', ...defaultOf(parameter, String), ...optionsOf(parameter, String) },
        ...patternOf(name, parameter, notes),
      };
  }
}

function defaultOf<T>(
  { required, ephemeral, default_value: text }: RichParameter,
  read: (text: string) => T,
): { default?: T } {
  return required && !ephemeral ? {} : { default: read(text) };
}

function optionsOf<T>(
  { options }: RichParameter,
  read: (text: string) => T,
): { options?: { value: T; label: string }[] } {
  if (options.length === 0) return {};
  return {
    options: options.slice(0, 100).map(({ name, value }) => ({
      value: read(value),
      label: (name || value).slice(0, 100),
    })),
  };
}

/** A pattern there is found anywhere in the value, one here has to be all of it. */
function patternOf(
  name: string,
  { validation_regex: regex }: RichParameter,
  notes: string[],
): { pattern?: string } {
  if (regex === '') return {};
  const isWhole = regex.startsWith('^') && regex.endsWith('$');
  const pattern = isWhole ? regex.slice(1, -1) : `.*(${regex}).*`;
  const fault = explainPattern(pattern);
  if (fault === undefined) return { pattern };
  notes.push(`"${name}": its pattern ${fault}, so only Coder checks it: ${regex}`);
  return {};
}

function listOf(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text === '' ? '[]' : text);
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    return []; // Whoever wrote the template left it so.
  }
}
