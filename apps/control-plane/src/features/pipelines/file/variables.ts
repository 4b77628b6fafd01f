import { isLocatedMap } from '../../../lib/located-yaml.ts';
import { invalid, mapIn, quoted, textIn, type Named } from './invalid-pipeline.ts';

export type Variables = Readonly<Record<string, string>>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const MAX_VARIABLES = 200;
const MAX_CHARACTERS = 32_768;
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

/** expand puts values in the place of `$NAME` and `${NAME}`; what is not known is empty, as in a shell. */
export function expand(text: string, variables: Variables): string {
  return text.replace(REFERENCE, (whole, plain?: string, braced?: string) =>
    whole === '$$' ? '$' : (valueOf(variables, plain ?? braced ?? '') ?? ''),
  );
}

/** expandAll lets variables refer to others, once: what a value brings in is not looked at again. */
export function expandAll(own: Variables, given: Variables): Variables {
  const all = { ...given, ...own };
  const entries = Object.entries(own).map(([name, value]): [string, string] => [
    name,
    expand(value, { ...all, [name]: valueOf(given, name) ?? '' }).slice(0, MAX_CHARACTERS),
  ]);
  return Object.fromEntries(entries);
}
