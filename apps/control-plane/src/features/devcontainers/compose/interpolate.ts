import { invalid, type Place } from '../config-document.ts';

export type ComposeVariables = Readonly<Record<string, string | undefined>>;

export interface Interpolation {
  readonly variables: ComposeVariables;
  /** Called with names that stand for nothing: they become empty. */
  readonly onMissing: (name: string) => void;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;
/** Variables within the defaults of variables; nobody could read more. */
const MAX_NESTED = 20;
const OPERATOR = /^(:?[-?+])/;

/** interpolate replaces `$NAME` and `${NAME…}` as Compose does; `$$` is a dollar sign. */
export function interpolate(text: string, place: Place, input: Interpolation): string {
  const start = text.indexOf('$');
  if (start === -1) return text;
  const rest = text.slice(start + 1);
  const after = (used: number) => interpolate(rest.slice(used), place, input);
  const head = text.slice(0, start);
  if (rest.startsWith('$')) return `${head}$${after(1)}`;
  if (rest.startsWith('{')) {
    const end = closing(rest);
    if (end === 'too deep') throw invalid(place, 'variables are too deep within each other');
    if (end === -1) throw invalid(place, `"${text}" has a \${ without its }`);
    return `${head}${braced(rest.slice(1, end), place, input)}${after(end + 1)}`;
  }
  const [name] = NAME.exec(rest) ?? [];
  if (name === undefined)
    throw invalid(place, `"${text}" has a $ that stands for nothing: write $$ for a dollar sign`);
  return `${head}${valueOf(name, input)}${after(name.length)}`;
}

/** Where the brace that opens the text ends. */
function closing(text: string): number | 'too deep' {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '{') depth += 1;
    if (text[index] === '}') depth -= 1;
    if (depth > MAX_NESTED) return 'too deep';
    if (depth === 0) return index;
  }
  return -1;
}

function braced(inside: string, place: Place, input: Interpolation): string {
  const [name] = NAME.exec(inside) ?? [];
  if (name === undefined) throw invalid(place, `"\${${inside}}" names no variable`);
  const [operator] = OPERATOR.exec(inside.slice(name.length)) ?? [''];
  const word = inside.slice(name.length + operator.length);
  const value = Object.hasOwn(input.variables, name) ? input.variables[name] : undefined;
  const isThere = operator.startsWith(':') ? Boolean(value) : value !== undefined;
  switch (operator.at(-1)) {
    case '-':
      return isThere ? (value ?? '') : interpolate(word, place, input);
    case '+':
      return isThere ? interpolate(word, place, input) : '';
    case '?':
      if (isThere) return value ?? '';
      throw invalid(place, `the variable "${name}" is required: ${word || 'it is not set'}`);
    default:
      if (word === '') return valueOf(name, input);
      throw invalid(place, `"\${${inside}}" is not understood`);
  }
}

function valueOf(name: string, { variables, onMissing }: Interpolation): string {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value === undefined) onMissing(name);
  return value ?? '';
}
