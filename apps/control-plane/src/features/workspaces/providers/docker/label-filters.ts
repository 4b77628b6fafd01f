import { LABELS, type Labels } from '../labels.ts';

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

/** carries: all of the labels are among what something has. */
export function carries(found: Labels, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => found[name] === value);
}
