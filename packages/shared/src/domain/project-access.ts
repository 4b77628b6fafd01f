import type { Role, Scope } from './roles.ts';

/** PROJECT_ACCESS says who finds a project: everybody in the organization, or whom it was given to. */
export const PROJECT_ACCESS = ['organization', 'restricted'] as const;
export type ProjectAccess = (typeof PROJECT_ACCESS)[number];

/** PROJECT_LEVELS say what somebody may do in a project, each one more than the one before. */
export const PROJECT_LEVELS = ['view', 'use', 'manage'] as const;
export type ProjectLevel = (typeof PROJECT_LEVELS)[number];

/** PROJECT_NOUNS are those parts of a path after which the name or id of something of a project comes. */
export const PROJECT_NOUNS = [
  'projects',
  'workspaces',
  'servers',
  'change-sets',
  'checkpoints',
  'sessions',
  'snapshots',
] as const;
export type ProjectNoun = (typeof PROJECT_NOUNS)[number];

/** GuardedProject is a project as far as access to it depends on it. */
export interface GuardedProject {
  readonly access: ProjectAccess;
  /** Who made it, or took it over. */
  readonly ownerId: string;
}

/** ProjectVisitor is somebody of the project's organization. */
export interface ProjectVisitor {
  readonly userId: string;
  readonly role: Role;
  /** What they, and the groups they are in, were given in the project. */
  readonly grants: readonly ProjectLevel[];
}

/** levelIn is the one rule of who may do what in a project; undefined: for them it is not there. */
export function levelIn(
  { access }: GuardedProject,
  { role, grants }: ProjectVisitor,
): ProjectLevel | undefined {
  if (access === 'organization' || role === 'admin') return 'manage';
  return PROJECT_LEVELS.findLast((level) => grants.includes(level));
}

/** mayDecideAccess is the one rule of who decides who finds a project. */
export function mayDecideAccess(project: GuardedProject, visitor: ProjectVisitor): boolean {
  if (visitor.role === 'admin') return true;
  if (project.access === 'organization') return project.ownerId === visitor.userId;
  return levelIn(project, visitor) === 'manage';
}

/** reachesLevel is true when the level that is held covers the one that is needed. */
export function reachesLevel(held: ProjectLevel, needed: ProjectLevel): boolean {
  return PROJECT_LEVELS.indexOf(held) >= PROJECT_LEVELS.indexOf(needed);
}

/** levelForScope returns the least level for what needs a scope. */
export function levelForScope(scope: Scope): ProjectLevel {
  return scope === 'read' ? 'view' : 'use';
}
