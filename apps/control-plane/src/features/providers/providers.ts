import { createAbsentProvider } from './absent-provider.ts';
import type { Hosts } from './hosts.ts';
import { placeName, type Placed, type ProviderName } from './place-name.ts';
import type { WorkspaceProvider } from './provider.ts';

/** Providers are the places where this control plane runs workspaces. */
export interface Providers {
  /** One that is not set up any more refuses whatever is asked of it. */
  of(workspace: Placed): WorkspaceProvider;
  /** By `placeName`. */
  all(): ReadonlyMap<string, WorkspaceProvider>;
  /** Without those on servers. */
  readonly byName: ReadonlyMap<string, WorkspaceProvider>;
}

export function createProviders(
  byName: Readonly<Partial<Record<ProviderName, WorkspaceProvider>>>,
  hosts?: Hosts,
): Providers {
  const own = new Map(Object.entries(byName));
  return {
    byName: own,
    all: () =>
      new Map([
        ...own,
        ...[...(hosts?.known ?? [])].map(
          ([hostId, provider]) => [placeName({ provider: 'docker', hostId }), provider] as const,
        ),
      ]),
    of({ provider: name, hostId }) {
      if (hostId && hosts) return hosts.of(hostId);
      return byName[name] ?? createAbsentProvider(name);
    },
  };
}
