import { describe, expect, it } from 'vitest';
import { UNKNOWN_LIMITS, type ImagePart } from '../providers/model-provider.ts';
import { toClaudeRequest } from '../providers/claude/claude-request.ts';
import { toOpenAiRequest } from '../providers/openai/openai-request.ts';
import { fail, says, scriptedProvider } from '../testing/scripted-provider.ts';
import { turnHarness } from '../testing/turn-harness.ts';
import { Budget } from './budget.ts';

const IMAGE: ImagePart = {
  ...{ type: 'image', mediaType: 'image/png', alt: 'A sketch of the page' },
  ...{ base64: 'iVBORw0KGgo=', width: 800, height: 600 },
};
const REQUEST = {
  system: ['You build apps.'],
  messages: [
    { role: 'user' as const, parts: [IMAGE, { type: 'text' as const, text: 'Like this' }] },
  ],
  tools: [],
  maxOutputTokens: 4000,
};

describe('pictures', () => {
  it('go to Claude as blocks before the words', () => {
    expect(toClaudeRequest(REQUEST, 'claude-sonnet-5-5').messages[0]?.content).toMatchObject([
      {
        type: 'image',
        source: { type: 'base64', media_type: 'image/png', data: IMAGE.base64 },
      },
      { type: 'text', text: 'Like this' },
    ]);
  });

  it('go to chat completions as data, beside the words', () => {
    const target = { model: 'm', isOpenAi: false };
    expect(toOpenAiRequest(REQUEST, target).messages[1]).toEqual({
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: `data:image/png;base64,${IMAGE.base64}` } },
        { type: 'text', text: 'Like this' },
      ],
    });
  });

  it('are seen by the model, those of earlier messages too', async () => {
    const provider = scriptedProvider(says('Nice.'));
    const harness = turnHarness(provider, {
      images: [IMAGE],
      history: [
        { role: 'user', text: 'See this', images: [{ ...IMAGE, alt: 'An earlier one' }] },
        { role: 'assistant', text: 'I see.' },
      ],
    });

    await harness.run('And this');

    const parts = provider.requests[0]?.messages.flatMap((message) => [...message.parts]);
    expect(parts?.map(({ type }) => type)).toEqual(['image', 'text', 'text', 'image', 'text']);
  });

  it('are put into words for a model that can’t look at them, and the person is told', async () => {
    const provider = scriptedProvider(says('I cannot see it.'));
    const limits = async () => ({ ...UNKNOWN_LIMITS, seesImages: false });
    const harness = turnHarness({ ...provider, limits }, { images: [IMAGE] });

    const { state, steps } = await harness.run('Like this');

    expect(state).toBe('done');
    expect(steps.map(({ label }) => label)).toContain(
      'script-1 can’t look at pictures, working from words alone',
    );
    const sent = JSON.stringify(provider.requests[0]?.messages);
    expect(sent).toContain('A sketch of the page');
    expect(sent).not.toContain(IMAGE.base64);
  });

  it('are left out once the service says that its model can’t', async () => {
    const provider = scriptedProvider([fail('noVision', false)], says('Words will do.'));

    const { text, state } = await turnHarness(provider, { images: [IMAGE] }).run('Like this');

    expect({ text, state }).toEqual({ text: 'Words will do.', state: 'done' });
    expect(JSON.stringify(provider.requests[1]?.messages)).not.toContain(IMAGE.base64);
  });

  it('count by their points, not by their bytes', () => {
    const budget = new Budget({ maxTokens: 100_000, maxMicros: null });
    const heavy = { ...IMAGE, base64: 'A'.repeat(4_000_000) };
    const withImage = (image: ImagePart) =>
      budget.estimate({ ...REQUEST, messages: [{ role: 'user', parts: [image] }] });

    expect(withImage(heavy)).toBe(withImage(IMAGE));
    expect(withImage(IMAGE)).toBeGreaterThan(800);
    expect(withImage({ ...IMAGE, width: 8000, height: 8000 })).toBeLessThan(7000);
  });
});
