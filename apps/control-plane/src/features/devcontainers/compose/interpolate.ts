import { invalid } from '../reading/index.ts';
import type { Place } from '../../../lib/located-yaml.ts';

export type ComposeVariables = Readonly<Record<string, string | undefined>>;

export interface Interpolation {
  readonly variables: ComposeVariables;
  /** Called with names that stand for nothing: they become empty. */
  readonly onMissing: (name: string) => void;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;
const OPERATOR = /^(:?[-?+])/;
/** Deeper than anybody writes; each level looks for its brace anew. */
const MAX_DEPTH = 20;
const SHOWN_CHARACTERS = 100;

interface Context {
  readonly place: Place;
  readonly input: Interpolation;
  readonly depth: number;
}

/** interpolate replaces `$NAME` and `${NAME…}` as Compose does; `$$` is a dollar sign. */
export function interpolate(text: string, place: Place, input: Interpolation): string {
  return replaceIn(text, { place, input, depth: 0 });
}

function replaceIn(text: string, context: Context): string {
  let made = '';
  let at = 0;
  for (let start = text.indexOf('$'); start !== -1; start = text.indexOf('$', at)) {
    made += text.slice(at, start);
    const { value, end } = replacement(text, start + 1, context);
    made += value;
    at = end;
  }
  return made + text.slice(at);
}

/** What stands for the dollar sign before `from`, and where the rest goes on. */
function replacement(
  text: string,
  from: number,
  context: Context,
): { readonly value: string; readonly end: number } {
  const { place, input } = context;
  if (text[from] === '$') return { value: '$', end: from + 1 };
  if (text[from] === '{') {
    const brace = closing(text, from);
    if (brace === -1) throw invalid(place, `"${shown(text)}" has a \${ without its }`);
    return { value: braced(text.slice(from + 1, brace), context), end: brace + 1 };
  }
  const [name] = NAME.exec(text.slice(from)) ?? [];
  if (name === undefined)
    throw invalid(
      place,
      `"${shown(text)}" has a $ that stands for nothing: write $$ for a dollar sign`,
    );
  return { value: valueOf(name, input), end: from + name.length };
}

/** Where the brace that opens at `from` ends. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === '{') depth += 1;
    if (text[index] === '}') depth -= 1;
    if (depth === 0) return index;
  }
  return -1;
}

function braced(inside: string, context: Context): string {
  const { place, input } = context;
  const [name] = NAME.exec(inside) ?? [];
  if (name === undefined) throw invalid(place, `"\${${shown(inside)}}" names no variable`);
  const [operator] = OPERATOR.exec(inside.slice(name.length)) ?? [''];
  const word = inside.slice(name.length + operator.length);
  const value = Object.hasOwn(input.variables, name) ? input.variables[name] : undefined;
  const isThere = operator.startsWith(':') ? Boolean(value) : value !== undefined;
  switch (operator.at(-1)) {
    case '-':
      return isThere ? (value ?? '') : nested(word, context);
    case '+':
      return isThere ? nested(word, context) : '';
    case '?':
      if (isThere) return value ?? '';
      throw invalid(place, `the variable "${name}" is required: ${shown(word) || 'it is not set'}`);
    default:
      if (word === '') return valueOf(name, input);
      throw invalid(place, `"\${${shown(inside)}}" is not understood`);
  }
}

function nested(word: string, { depth, ...context }: Context): string {
  if (depth === MAX_DEPTH) throw invalid(context.place, 'variables are too deep within each other');
  return replaceIn(word, { ...context, depth: depth + 1 });
}

function shown(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function valueOf(name: string, { variables, onMissing }: Interpolation): string {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value === undefined) onMissing(name);
  return value ?? '';
}
