import { AppError } from '@spt-flow/shared/domain/errors';
import {
  isList,
  isLocatedMap,
  type Located,
  type LocatedMap,
  type Place,
} from '../../../lib/located-yaml.ts';

/** invalid makes the error for a pipeline file that is wrong at a place. */
export function invalid(place: Place, problem: string): AppError {
  const { file, line, column } = place;
  return new AppError('pipeline_invalid', `${file}:${line}:${column}: ${problem}`, {
    details: { ...place, problem },
  });
}

/** quoted writes a name of the file, which may be as long as its author likes. */
export function quoted(name: string): string {
  return `"${name.slice(0, 100)}"`;
}

/** Where something is told of by name. */
export interface Named {
  readonly located: Located;
  readonly what: string;
}

export function textIn({ located: { value, place }, what }: Named): string {
  if (typeof value === 'object') throw invalid(place, `${what} is expected to be a text`);
  const text = String(value);
  if (text.includes('\0')) throw invalid(place, `${what} holds a zero character`);
  return text;
}

export function mapIn({ located: { value, place }, what }: Named): LocatedMap {
  if (isLocatedMap(value)) return value;
  throw invalid(place, `${what} is expected to be a map: "name: value"`);
}

/** A list of texts, or one of them; lists within lists come from anchors, and are made flat. */
export function textsIn({ located, what }: Named): string[] {
  const { value } = located;
  if (isList(value)) return value.flatMap((item) => textsIn({ located: item, what }));
  return [textIn({ located, what })];
}

export function booleanIn({ located: { value, place }, what }: Named): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(place, `${what} is expected to be true or false`);
}

export function oneOf<const Choice extends string>(
  named: Named,
  choices: readonly Choice[],
): Choice {
  const text = textIn(named);
  const found = choices.find((choice) => choice === text);
  if (found) return found;
  throw invalid(named.located.place, `${named.what} has to be one of ${choices.join(', ')}`);
}

/** refuseUnknown throws for the first keyword that is not known here. */
export function refuseUnknown(map: LocatedMap, known: ReadonlySet<string>, where: string): void {
  for (const [name, { place }] of map)
    if (!known.has(name))
      throw invalid(
        place,
        `${quoted(name)} is not supported ${where} here: see the guide of builds for what is`,
      );
}
