import * as z from 'zod';
import type { WorkspaceRow } from './workspaces-repository.ts';

const StateSchema = z.object({
  revision: z.number().int().min(0).default(0),
  hasSpareFiles: z.boolean().default(false),
});

/** revisionOf says which state of its files a workspace has: each restored one gets the next number. */
export function revisionOf({ providerState }: Pick<WorkspaceRow, 'providerState'>): number {
  return StateSchema.parse(providerState).revision;
}

/** hasSpareFiles is true while there may be other states of its files, for the case that this one does not start. */
export function hasSpareFiles({ providerState }: Pick<WorkspaceRow, 'providerState'>): boolean {
  return StateSchema.parse(providerState).hasSpareFiles;
}
