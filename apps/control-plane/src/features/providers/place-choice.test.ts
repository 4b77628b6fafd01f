import { describe, expect, it } from 'vitest';
import { createPlaceChoice } from './place-choice.ts';
import type { ProviderName } from './place-name.ts';
import { createProviders } from './providers.ts';
import { createAbsentProvider } from './absent-provider.ts';

function choiceOf(defaultProvider: ProviderName, { dockerAnswers = true } = {}) {
  const some = createAbsentProvider('some');
  const providers = createProviders({
    ...{ local: some, coder: some, server: some },
    docker: { ...some, answers: async () => dockerAnswers },
    kubernetes: { ...some, lacks: ['snapshots'] },
  });
  return createPlaceChoice({ providers, defaultProvider });
}

describe('the choice of a place', () => {
  it('is among the default and what keeps workspaces in as well, as far as it is there', async () => {
    const names = async (choice: ReturnType<typeof choiceOf>) =>
      (await choice.offered()).map(({ provider }) => provider);

    expect(await names(choiceOf('local'))).toEqual(['local', 'docker', 'kubernetes']);
    expect(await names(choiceOf('kubernetes'))).toEqual(['kubernetes', 'docker']);
    expect(await names(choiceOf('docker', { dockerAnswers: false }))).toEqual([
      ...['docker', 'kubernetes'],
    ]);
    expect((await choiceOf('kubernetes').offered())[0]).toEqual({
      ...{ provider: 'kubernetes', server: null, isDefault: true, lacks: ['snapshots'] },
    });
  });

  it.each([
    [undefined, null, undefined],
    [undefined, 'coder', 'coder'],
    ['kubernetes', null, 'kubernetes'],
    ['docker', 'docker', 'docker'],
  ] as const)('takes %s beside a template of %s', async (wanted, byTemplate, place) => {
    expect(await choiceOf('docker').choose({ wanted, byTemplate })).toBe(place);
  });

  it.each([
    ['docker', 'coder', 'The template runs on "coder": leave the provider out'],
    ['local', null, 'The provider "local" can\'t be chosen here now: choose "docker" or'],
  ] as const)('refuses %s beside a template of %s', async (wanted, byTemplate, words) => {
    await expect(choiceOf('docker').choose({ wanted, byTemplate })).rejects.toMatchObject({
      code: 'validation_failed',
      message: expect.stringContaining(words),
    });
  });
});
