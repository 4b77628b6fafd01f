import { LABELS, type Labels } from '../../labels.ts';

/** filtersFor selects what carries all the labels, as engines take it. */
export function filtersFor(
  labels: Labels,
  others: Readonly<Record<string, readonly string[]>> = {},
): string {
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return JSON.stringify({ ...others, label });
}

/** unspared leaves out what belongs to these workspaces. */
export function unspared<Labelled extends { readonly Labels: Labels }>(
  found: readonly Labelled[],
  spared: ReadonlySet<string>,
): Labelled[] {
  return found.filter(({ Labels: { [LABELS.workspace]: id = '' } }) => !spared.has(id));
}
