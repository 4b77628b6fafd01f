const PREFIX = 'spt-flow.';

/** LABELS name what belongs to whom in an engine or a cluster that others may use too. */
export const LABELS = {
  installation: `${PREFIX}installation`,
  workspace: `${PREFIX}workspace`,
  project: `${PREFIX}project`,
  service: `${PREFIX}service`,
} as const;

export type Labels = Readonly<Record<string, string>>;

/** labelsOf are carried by everything that is made there. */
export function labelsOf(owner: {
  readonly installation: string;
  readonly project?: string;
  readonly workspace?: string;
}): Labels {
  return {
    ManagedBy: 'spt-flow',
    [LABELS.installation]: owner.installation,
    ...(owner.project !== undefined && { [LABELS.project]: owner.project }),
    ...(owner.workspace !== undefined && { [LABELS.workspace]: owner.workspace }),
  };
}

/** selectorOf is carried by everything of an installation, or of one of its workspaces. */
export function selectorOf(installation: string, workspace?: string): Labels {
  return workspace === undefined
    ? { [LABELS.installation]: installation }
    : { [LABELS.installation]: installation, [LABELS.workspace]: workspace };
}

/** carries: all of the labels are among what something has. */
export function carries(found: Labels, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => found[name] === value);
}
