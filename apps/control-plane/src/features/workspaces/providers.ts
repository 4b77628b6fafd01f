import type { WorkspaceProvider } from './provider.ts';
import { createAbsentProvider } from './providers/absent-provider.ts';
import type { WorkspaceRow } from './workspaces-repository.ts';

export type ProviderName = WorkspaceRow['provider'];

/** Providers are the places where this control plane runs workspaces. */
export interface Providers {
  /** One that is not set up any more refuses whatever is asked of it. */
  of(workspace: Pick<WorkspaceRow, 'provider'>): WorkspaceProvider;
  readonly all: readonly WorkspaceProvider[];
  readonly byName: ReadonlyMap<string, WorkspaceProvider>;
}

export function createProviders(
  byName: Readonly<Partial<Record<ProviderName, WorkspaceProvider>>>,
): Providers {
  return {
    all: Object.values(byName),
    byName: new Map(Object.entries(byName)),
    of: ({ provider: name }) => byName[name] ?? createAbsentProvider(name),
  };
}
