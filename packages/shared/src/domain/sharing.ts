import type { Role } from './roles.ts';

/** SHARING_LEVELS say who may open a port, each one more people than the one before. */
export const SHARING_LEVELS = ['private', 'organization', 'public'] as const;
export type SharingLevel = (typeof SHARING_LEVELS)[number];

/** An app is made to be shown; whatever else listens in a workspace is its owner's until they say otherwise. */
export const DEFAULT_SHARING = { app: 'organization', other: 'private' } as const;

/** SharedPort is what decides about access to a port of a workspace. */
export interface SharedPort {
  readonly organizationId: string;
  readonly ownerId: string;
  readonly sharing: SharingLevel;
}

/** Visitor is somebody who is signed in, as far as access to ports depends on it. */
export interface Visitor {
  readonly userId: string;
  readonly organizationId: string;
  readonly role: Role;
}

/** mayOpenPort is the one rule of who sees what answers at a port. */
export function mayOpenPort(port: SharedPort, visitor: Visitor | undefined): boolean {
  if (port.sharing === 'public') return true;
  if (visitor?.organizationId !== port.organizationId) return false;
  return port.sharing === 'organization' || isInCharge(port, visitor);
}

/** mayShareWorkspace is the one rule of who decides how its ports are shared. */
export function mayShareWorkspace(
  workspace: Omit<SharedPort, 'sharing'>,
  visitor: Visitor,
): boolean {
  return visitor.organizationId === workspace.organizationId && isInCharge(workspace, visitor);
}

function isInCharge({ ownerId }: Pick<SharedPort, 'ownerId'>, { userId, role }: Visitor): boolean {
  return userId === ownerId || role === 'admin';
}
