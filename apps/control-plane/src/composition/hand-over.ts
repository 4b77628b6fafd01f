import { createBelongingsRepository, createHandOver } from '../features/members/index.ts';
import type { Builder } from './builder.ts';
import type { Core } from './core.ts';
import type { Machines } from './machines.ts';

/** createHandOverOf lets what people have go to others, with all that depends on who owns it. */
export function createHandOverOf(
  { db, audit, access, membership: { members }, onError }: Core,
  { machines: { workspaces, secrets }, builder }: { machines: Machines; builder: Builder },
) {
  return createHandOver({
    ...{ repository: createBelongingsRepository(db), members, audit, onError },
    stop: workspaces.service.stop,
    onMoved(organizationId, moved) {
      access.changed(organizationId);
      const failed = (error: unknown) => onError(error, organizationId);
      secrets.changed(organizationId).catch(failed);
      for (const id of moved.workspaces) workspaces.notifyChanged(id).catch(failed);
      for (const id of moved.projects) builder.projects.announce(id).catch(failed);
    },
  });
}
