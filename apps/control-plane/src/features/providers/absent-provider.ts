import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceProvider } from './provider.ts';

/** createAbsentProvider stands for a place that this installation has no more: what is there can't be seen from here. */
export function createAbsentProvider(name: string): WorkspaceProvider {
  const refuse = () => Promise.reject(absence(name));
  return {
    ...{ ownsMachine: true, isElsewhere: true, outlivesControlPlane: true, warnings: [] },
    ...{ start: refuse, stop: refuse, delete: refuse },
    plan: () => [],
    inspect: async () => 'away',
    logs: () => [],
    reap: async () => 0,
  };
}

/** absence: somebody chose a place where this installation runs nothing. */
export function absence(name: string): AppError {
  return new AppError('machine_unfit', `${absentWords(name)}: ${ABSENT_REMEDY}`);
}

export function absentWords(name: string): string {
  return `The provider "${name}" is not set up here`;
}

export const ABSENT_REMEDY = 'choose another template, or ask an admin to set it up';
