import { describe, expect, it } from 'vitest';
import {
  DEFAULT_SETTINGS,
  type WorkspaceSettings,
} from '@spt-flow/shared/domain/workspace-settings';
import { createBuiltInPolicy } from './built-in-policy.ts';
import { requirePermission } from './policy.ts';

const LIMITS = {
  maxSize: 'devenv',
  maxIsolation: 'devenv',
  images: ['registry.example.com/team/*', 'node:24'],
} as const;

async function refusal(
  settings: Partial<WorkspaceSettings>,
  limits: Partial<Parameters<typeof createBuiltInPolicy>[0]> = {},
): Promise<unknown> {
  const plan = {
    action: 'create' as const,
    organizationId: 'org',
    provider: 'docker',
    settings: { ...DEFAULT_SETTINGS, ...settings },
  };
  return requirePermission(createBuiltInPolicy({ ...LIMITS, ...limits }), plan).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the built-in policy', () => {
  it.each([
    [{}],
    [{ size: 'devenv', isolation: 'devenv' } as const],
    [{ image: 'node:24' }],
    [{ image: 'registry.example.com/team/base:1' }],
  ])('permits %j', async (settings) => {
    expect(await refusal(settings)).toBeUndefined();
  });

  it.each([
    [{ isolation: 'relaxed' } as const, 'isolation-limit', 'Choose "devenv" or a stricter one'],
    [
      { image: 'node:24-slim' },
      'image-allow-list',
      'Permitted: registry.example.com/team/*, node:24',
    ],
    [{ image: 'registry-example.com/team/x' }, 'image-allow-list', 'Permitted'],
    [{ image: 'evil/registry.example.com/team/x' }, 'image-allow-list', 'Permitted'],
  ])('refuses %j and names rule and remedy', async (settings, rule, remedy) => {
    expect(await refusal(settings)).toMatchObject({
      code: 'policy_refused',
      message: expect.stringContaining(`The policy "${rule}" refuses`),
      details: { rule, remedy: expect.stringContaining(remedy) },
    });
  });

  it('follows the configuration', async () => {
    expect(await refusal({ isolation: 'relaxed' }, { maxIsolation: 'relaxed' })).toBeUndefined();
    expect(await refusal({ image: 'any:1' }, { images: null })).toBeUndefined();
    expect(await refusal({ size: 'devenv' }, { maxSize: 'chat' })).toMatchObject({
      details: { rule: 'size-limit' },
    });
    expect(await refusal({ image: 'any:1' }, { images: [] })).toMatchObject({
      details: { remedy: 'Permitted: the one of the control plane' },
    });
  });
});
