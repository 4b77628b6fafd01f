import { randomUUID } from 'node:crypto';
import type { Viewer } from '../../src/features/project-access/index.ts';
import type { Principal } from '../../src/lib/principal.ts';

/** Of tests that are not about who reaches which project. */
export async function admitAll(principal: Principal): Promise<Principal> {
  return principal;
}

/** Somebody who finds everything in an organization. */
export function adminOf(organizationId: string): Viewer {
  return { organizationId, userId: randomUUID(), role: 'admin' };
}
