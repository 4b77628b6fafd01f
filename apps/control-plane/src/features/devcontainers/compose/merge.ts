import {
  isList,
  isLocatedMap,
  textOf,
  type Located,
  type LocatedMap,
} from '../../../lib/located-yaml.ts';

/** Lists that a later file replaces as a whole: half a command is none. */
const REPLACED = new Set(['command', 'entrypoint', 'test']);
/** Written as a list or as a map; both are the same. */
const PAIRS = new Set(['environment', 'labels', 'args', 'annotations', 'sysctls', 'extra_hosts']);

/** mergeCompose lets the later of two values count, as Compose does with several files and with `extends`. */
export function mergeCompose(earlier: Located | undefined, later: Located, key = ''): Located {
  if (!earlier || REPLACED.has(key)) return later;
  const [a, b] = [asMap(earlier, key), asMap(later, key)];
  if (a && b) return { place: later.place, value: mergeMaps(a, b, key) };
  if (key === 'volumes' && isList(earlier.value) && isList(later.value))
    return { place: later.place, value: mergeByTarget(earlier.value, later.value) };
  if (isList(earlier.value) && isList(later.value))
    return { place: later.place, value: [...earlier.value, ...later.value] };
  return later;
}

function mergeMaps(a: LocatedMap, b: LocatedMap, key: string): LocatedMap {
  const merged = new Map(a);
  for (const [name, value] of b) {
    // Names chosen by people mean nothing here.
    const isNamed = PAIRS.has(key) || key === 'services';
    merged.set(name, mergeCompose(merged.get(name), value, isNamed ? '' : name));
  }
  return merged;
}

function asMap({ value }: Located, key: string): LocatedMap | undefined {
  if (isLocatedMap(value)) return value;
  if (key === 'depends_on' && isList(value))
    return new Map(value.map((item) => [textOf(item), { place: item.place, value: new Map() }]));
  if (!PAIRS.has(key) || !isList(value)) return undefined;
  return new Map(
    value.map((item): [string, Located] => {
      const [name = '', ...rest] = textOf(item).split('=');
      return [name, { place: item.place, value: rest.length > 0 ? rest.join('=') : null }];
    }),
  );
}

/** Two mounts at one place are one: the later. */
function mergeByTarget(a: readonly Located[], b: readonly Located[]): Located[] {
  const mounts = [...a, ...b].map((item): [string, Located] => [targetOf(item), item]);
  return [...new Map(mounts).values()];
}

function targetOf(located: Located): string {
  const { value } = located;
  if (isLocatedMap(value)) return textOf(value.get('target'));
  const parts = textOf(located).split(':');
  return parts[1] ?? parts[0] ?? '';
}
