import { expect, it } from 'vitest';
import { fail, says, scriptedProvider } from '../testing/scripted-provider.ts';
import { withLastFailure } from './last-failure.ts';

const REQUEST = { system: [], messages: [], tools: [], maxOutputTokens: 1 };

it('is that of the service until it answers again, and none of a single request', async () => {
  const replies = [[fail('wrongKey', false)], [fail('tooLarge', false)], says('Hello.')];
  const provider = withLastFailure(scriptedProvider(...replies));
  const seen = [provider.lastFailure()];

  for (const _reply of replies) {
    const answer = provider.stream(REQUEST, new AbortController().signal);
    for await (const _event of answer);
    seen.push(provider.lastFailure());
  }

  expect(seen).toEqual([null, 'wrongKey', 'wrongKey', null]);
});
