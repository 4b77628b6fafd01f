import { LABELS, type Labels } from '../../labels.ts';

/** filterFor selects what carries all the labels. */
export function filterFor(labels: Labels): { label: string[] } {
  return { label: Object.entries(labels).map(([name, value]) => `${name}=${value}`) };
}

/** unspared leaves out what belongs to these workspaces. */
export function unspared<Labelled extends { readonly Labels: Labels }>(
  found: readonly Labelled[],
  spared: ReadonlySet<string>,
): Labelled[] {
  return found.filter(({ Labels: { [LABELS.workspace]: id = '' } }) => !spared.has(id));
}
