import { AppError } from '@spt-flow/shared/domain/errors';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { expect, it } from 'vitest';
import type { Principal } from '../../lib/principal.ts';
import { manifestOf } from './manifest.ts';
import { createNewWorkspaces } from './new-workspace.ts';

const STORED = new Error('stored');
const PRINCIPAL: Principal = {
  ...{ userId: 'u', userName: 'Ann', userEmail: 'ann@example.org' },
  ...{ organizationId: 'o', organizationName: 'O', organizationSlug: 'o' },
  ...{ role: 'developer', scope: 'write', via: { kind: 'login', id: 'l' } },
};

/** People may choose containers only, which is where new ones run. */
async function placeOf(source: { isOurs: boolean; provider?: 'local' | 'kubernetes' }) {
  let place: string | undefined;
  const refusal = { message: 'It is not offered', remedy: 'choose "docker"' };
  const manifest = manifestOf({
    ...{ createdAt: new Date(0).toISOString(), repositoryUrl: null, startScript: null },
    ...{ template: null, settings: DEFAULT_SETTINGS, parts: [] },
    workspace: { name: 'demo', provider: 'local' },
  });
  const unused = () => Promise.reject(new Error('not asked'));
  const { create } = createNewWorkspaces({
    repository: { hasTemplate: unused },
    store: {
      async *parts() {
        yield await unused();
      },
    },
    workspaces: { find: unused, get: unused, start: unused },
    copies: { fill: unused },
    places: {
      hindrance: async ({ wanted }) => (wanted === 'docker' ? undefined : refusal),
      async choose({ wanted }) {
        if (wanted !== 'docker') throw new AppError('validation_failed');
        return wanted;
      },
    },
    projects: {
      async store(_principal, { provider }) {
        place = provider;
        throw STORED;
      },
      ...{ announce: unused, remove: unused },
    },
  });
  const call = { principal: PRINCIPAL, correlationId: 'test' };
  const made = create(call, { id: 's', manifest, name: 'demo', ...source });
  await made.catch((error: unknown) => {
    if (error !== STORED) throw error;
  });
  return place;
}

it('is made where the copied one runs, and where nobody may choose to only of copies that are ours', async () => {
  expect(await placeOf({ isOurs: true })).toBe('local');
  expect(await placeOf({ isOurs: true, provider: 'local' })).toBe('local');
  expect(await placeOf({ isOurs: false })).toBeUndefined();
});

it.each([
  { isOurs: false, provider: 'local' as const },
  { isOurs: true, provider: 'kubernetes' as const },
])('is not made where nobody may choose to (%o)', async (source) => {
  await expect(placeOf(source)).rejects.toMatchObject({ code: 'validation_failed' });
});
