import type { PROVIDERS } from '@spt-flow/shared/api/workspaces';
import type { WorkspaceProvider } from './provider.ts';
import { createAbsentProvider } from './absent-provider.ts';

export type ProviderName = (typeof PROVIDERS)[number];

/** Providers are the places where this control plane runs workspaces. */
export interface Providers {
  /** One that is not set up any more refuses whatever is asked of it. */
  of(workspace: { readonly provider: ProviderName }): WorkspaceProvider;
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
