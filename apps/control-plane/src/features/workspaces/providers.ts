import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceProvider } from './provider.ts';
import type { WorkspaceRow } from './workspaces-repository.ts';

export type ProviderName = WorkspaceRow['provider'];

/** Providers are the places where this control plane runs workspaces. */
export interface Providers {
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
    of({ provider: name }) {
      const provider = byName[name];
      if (provider) return provider;
      throw new AppError('machine_unfit', absentWords(name));
    },
  };
}

/** absentWords: somebody chose a place where this installation runs nothing. */
export function absentWords(name: string): string {
  return `The provider "${name}" is not set up here: choose another template, or ask an admin to set it up`;
}
