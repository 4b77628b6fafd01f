import { isLocatedMap } from '../../../lib/located-yaml.ts';
import { invalid, mapIn, quoted, textIn, type Named } from './invalid-pipeline.ts';

export type Variables = Readonly<Record<string, string>>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const MAX_VARIABLES = 200;
const MAX_CHARACTERS = 32_768;
/** Of all variables of a job: no program starts with much more. */
const MAX_ALL_CHARACTERS = 4 * MAX_CHARACTERS;
/** `$$` is a dollar sign. */
const REFERENCE = /\$(?:\$|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/g;

/** variablesIn reads `NAME: value`; a value may also be `{ value, description }`. */
export function variablesIn(named: Named): Variables {
  const map = mapIn(named);
  if (map.size > MAX_VARIABLES)
    throw invalid(named.located.place, `there are more than ${MAX_VARIABLES} variables`);
  const variables: Record<string, string> = {};
  for (const [name, located] of map) {
    const what = `the variable ${quoted(name)}`;
    if (!NAME.test(name) || name === '__proto__')
      throw invalid(located.place, `${what} can't have this name`);
    const inner = isLocatedMap(located.value) ? located.value.get('value') : located;
    if (!inner) throw invalid(located.place, `${what} has no value`);
    const text = textIn({ located: inner, what });
    if (text.length > MAX_CHARACTERS)
      throw invalid(located.place, `${what} is longer than ${MAX_CHARACTERS} characters`);
    variables[name] = text;
  }
  return variables;
}

/** valueOf is the value of a variable; undefined: there is none. */
export function valueOf(variables: Variables, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

/**
 * expand puts values in the place of `$NAME` and `${NAME}`; what is not known is empty, as in a shell. Undefined: it
 * became longer than any value may be, which a few references to long ones would do.
 */
export function expand(text: string, variables: Variables): string | undefined {
  const parts: string[] = [];
  let from = 0;
  let length = 0;
  const add = (part: string) => {
    parts.push(part);
    length += part.length;
  };
  for (const { 0: whole, 1: plain, 2: braced, index } of text.matchAll(REFERENCE)) {
    add(text.slice(from, index));
    add(whole === '$$' ? '$' : (valueOf(variables, plain ?? braced ?? '') ?? ''));
    from = index + whole.length;
    if (length > MAX_CHARACTERS) return undefined;
  }
  add(text.slice(from));
  return length > MAX_CHARACTERS ? undefined : parts.join('');
}

/** What values may refer to. */
export interface Known {
  /** Those that every build has. */
  readonly predefined: Variables;
  /** Those of the project: they win over what the file says, as in GitLab. */
  readonly secrets: Variables;
}

/** expandAll lets variables refer to others, once: what a value brings in is not looked at again. */
export function expandAll(
  own: Variables,
  { predefined, secrets }: Known,
  tooLong: (name: string) => Error,
): Variables {
  const all = { ...predefined, ...own, ...secrets };
  const expanded: Record<string, string> = {};
  let characters = 0;
  for (const [name, text] of Object.entries(own)) {
    const value = expand(text, { ...all, [name]: valueOf(predefined, name) ?? '' });
    characters += value?.length ?? 0;
    if (value === undefined || characters > MAX_ALL_CHARACTERS) throw tooLong(name);
    expanded[name] = value;
  }
  return expanded;
}
