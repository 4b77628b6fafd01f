import { flushPromises } from '@vue/test-utils';
import type { ModelUse as Use } from '@spt-flow/shared/api/model-use';
import { describe, expect, it } from 'vitest';
import ModelUse from '../src/features/usage/ModelUse.vue';
import { idOf } from './fixtures.ts';
import { createWorld } from './mount.ts';

const ID = idOf(20);

async function textOf(use: Use): Promise<string> {
  const world = await createWorld({ [`GET /workspaces/${ID}/model-use`]: () => use });
  const wrapper = world.mount(ModelUse, { props: { workspaceId: ID } });
  await flushPromises();
  return wrapper.text();
}

describe('what tools of a workspace used of AI models', () => {
  it('is told in tokens and money, of all models together', async () => {
    const used = { requests: 2, inputTokens: 1000, cachedInputTokens: 900, outputTokens: 50 };
    const models = [
      { model: 'claude-sonnet-5-5', ...used, costMicros: 1_200_000 },
      { model: 'local-1', ...used, costMicros: 0 },
    ];

    const text = await textOf({ isOffered: true, models });

    expect(text).toContain('2.1K tokens, $1.20');
    expect(text).toContain('claude-sonnet-5-5, local-1');
  });

  it('says whether there are any', async () => {
    expect(await textOf({ isOffered: true, models: [] })).toContain('not used yet');
    expect(await textOf({ isOffered: false, models: [] })).toContain('none for tools');
  });
});
