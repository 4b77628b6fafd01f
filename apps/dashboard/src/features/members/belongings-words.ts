import type { Belongings } from '@spt-flow/shared/api/members';

/** belongingsText says what somebody has, and what becomes of it if nothing is done. */
export function belongingsText(name: string, { workspaces, projects }: Belongings): string {
  if (workspaces.length + projects.length === 0) return `${name} has no machine and no project.`;
  const parts = [
    ...(projects.length > 0 ? [countOf(projects.length, 'project')] : []),
    ...(workspaces.length > 0 ? [countOf(workspaces.length, 'machine')] : []),
  ];
  return `${name} has ${parts.join(' and ')}. What you give to nobody stays, and you can hand it over or delete it later.`;
}

/** countOf is a number with its noun. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
