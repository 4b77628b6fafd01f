import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

const MAX_CHARACTERS = 1024 * 1024;
/** Aliases repeat what they stand for: a few lines could become millions of values. */
const MAX_VALUES = 20_000;

/** Place is where something stands in a file, counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Makes the error for a file that is wrong at a place. */
export type Invalid = (place: Place, problem: string) => Error;

export type Scalar = string | number | boolean | null;

/** Located is a value of a YAML file that knows where it stands, whatever was merged around it. */
export interface Located {
  readonly place: Place;
  readonly value: Scalar | readonly Located[] | LocatedMap;
}
export type LocatedMap = ReadonlyMap<string, Located>;

/** parseLocated reads one YAML document; throws what `invalid` makes of a mistake and its place. */
export function parseLocated(file: string, text: string, invalid: Invalid): Located {
  if (text.length > MAX_CHARACTERS)
    throw invalid({ file, line: 1, column: 1 }, `it is longer than ${MAX_CHARACTERS} characters`);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    ...{ lineCounter: lines, prettyErrors: false },
    // Its own check compares each name with each other one; the reader has a quicker one.
    uniqueKeys: false,
  });
  const placeAt = (offset = 0): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw invalid(placeAt(problem.pos[0]), problem.message);
  return new Reader(placeAt, invalid).read(document.contents);
}

class Reader {
  readonly #placeAt: (offset?: number) => Place;
  readonly #invalid: Invalid;
  /** What aliases stand for. The document would look for it from its beginning, for each of them. */
  readonly #anchors = new Map<string, unknown>();
  #count = 0;

  constructor(placeAt: (offset?: number) => Place, invalid: Invalid) {
    this.#placeAt = placeAt;
    this.#invalid = invalid;
  }

  read(node: unknown): Located {
    this.#count += 1;
    if (isAlias(node)) return this.read(this.#anchors.get(node.source));
    const located = this.#readNode(node);
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined)
      this.#anchors.set(node.anchor, node);
    return located;
  }

  #readNode(node: unknown): Located {
    const offset = isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : 0;
    const place = this.#placeAt(offset);
    if (this.#count > MAX_VALUES)
      throw this.#invalid(place, `it has more than ${MAX_VALUES} values`);
    if (isMap(node)) {
      const entries = node.items.map(({ key, value }) => this.#entry(key, value));
      this.#assertUnique(entries);
      return { place, value: withMerged(entries) };
    }
    if (isSeq(node)) return { place, value: node.items.map((item) => this.read(item)) };
    return { place, value: isScalar(node) ? this.#scalarOf(node.value, place) : null };
  }

  /** A property is where its name stands. */
  #entry(key: unknown, value: unknown): [string, Located] {
    const place = this.#placeAt(isScalar(key) ? key.range?.[0] : 0);
    return [String(isScalar(key) ? key.value : ''), { ...this.read(value), place }];
  }

  #scalarOf(value: unknown, place: Place): Scalar {
    if (value === null || value === undefined) return null;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return value;
    throw this.#invalid(place, 'a text, a number, true or false is expected');
  }

  /** Several defaults may be merged in one after the other. */
  #assertUnique(entries: readonly [string, Located][]): void {
    const seen = new Set<string>();
    for (const [key, { place }] of entries) {
      if (key !== '<<' && seen.has(key))
        throw this.#invalid(place, `"${key.slice(0, 100)}" is there twice`);
      seen.add(key);
    }
  }
}

/** `<<: *defaults` brings in what is not said otherwise. */
function withMerged(entries: readonly [string, Located][]): LocatedMap {
  const own = entries.filter(([key]) => key !== '<<');
  const merged = entries
    .filter(([key]) => key === '<<')
    .flatMap(([, item]) => (isList(item.value) ? [...item.value].reverse() : [item]))
    .flatMap(({ value }) => (isLocatedMap(value) ? [...value] : []));
  return new Map([...merged, ...own]);
}

/** textOf is a single value as a text; of lists and maps there is none. */
export function textOf(located: Located | undefined): string {
  const value = located?.value;
  return typeof value === 'object' ? '' : String(value ?? '');
}

/** mapOf is the map at a place; throws what `invalid` makes where there is something else. */
export function mapOf({ value, place }: Located, what: string, invalid: Invalid): LocatedMap {
  if (isLocatedMap(value)) return value;
  throw invalid(place, `${what} is expected to be a map: "name: value"`);
}

export function isLocatedMap(value: Located['value'] | undefined): value is LocatedMap {
  return value instanceof Map;
}

/** plain is the value without places. */
export function plain({ value }: Located): unknown {
  if (isLocatedMap(value))
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return isList(value) ? value.map(plain) : value;
}

export function isList(value: Located['value'] | undefined): value is readonly Located[] {
  return Array.isArray(value);
}

/** placeIn is where the value at a path stands, or the nearest one around it. */
export function placeIn(root: Located, path: readonly (string | number)[]): Place {
  let found = root;
  for (const part of path) {
    const next = isLocatedMap(found.value)
      ? found.value.get(String(part))
      : isList(found.value)
        ? found.value[Number(part)]
        : undefined;
    if (!next) break;
    found = next;
  }
  return found.place;
}

/** mapTexts replaces every text below a value. */
export function mapTexts(
  located: Located,
  change: (text: string, place: Place) => string,
): Located {
  const { place, value } = located;
  if (typeof value === 'string') return { place, value: change(value, place) };
  if (isLocatedMap(value))
    return {
      place,
      value: new Map([...value].map(([key, item]) => [key, mapTexts(item, change)])),
    };
  return isList(value) ? { place, value: value.map((item) => mapTexts(item, change)) } : located;
}
