import { describe, expect, it } from 'vitest';
import {
  calls,
  fail,
  finish,
  says,
  scriptedProvider,
  write,
} from '../testing/scripted-provider.ts';
import { changeSetOf, turnHarness } from '../testing/turn-harness.ts';
import type { PageProof } from './turn-types.ts';

const DOWN = [fail('overloaded', true)];

describe('a fallback', () => {
  it('goes on for the rest of the turn when the provider does not answer', async () => {
    const provider = scriptedProvider(calls(write('a.js', '1')), DOWN, DOWN, DOWN);
    const fallback = { ...scriptedProvider(calls(finish('Done'))), model: 'spare-1' };
    const harness = turnHarness(provider, { fallback });

    const result = await harness.run();

    expect(result).toMatchObject({ state: 'done', summary: 'Done' });
    expect(result.steps.map((step) => step.label)).toContain(
      'script-1 did not answer, going on with spare-1',
    );
    expect(
      result.shares.map(({ provider: { model }, usage }) => [model, usage.inputTokens]),
    ).toEqual([
      ['script-1', 10],
      ['spare-1', 10],
    ]);
    expect(harness.changes[0]?.edits).toHaveLength(1);
  });

  it('is not asked when a person stops the turn, or the request itself is wrong', async () => {
    const fallback = scriptedProvider(says('late'));

    const result = await turnHarness(scriptedProvider([fail('tooLarge', false)]), {
      fallback,
    }).run();

    expect(result.state).toBe('failed');
    expect(fallback.requests).toEqual([]);
  });

  it('that fails too is the end', async () => {
    const fallback = scriptedProvider([fail('wrongKey', false)]);

    expect(
      await turnHarness(scriptedProvider([fail('noCredit', false)]), { fallback }).run(),
    ).toMatchObject({ state: 'failed', errorCode: 'model_refused_key' });
  });
});

describe('a service that asks for patience', () => {
  it.each([
    [120_000, 'Try again in a few minutes.'],
    [1_800_000, 'Try again in 30 minutes.'],
    [20_000_000, 'Try again in 6 hours.'],
  ])('of %i ms is waited for by the person', async (retryAfterMs, next) => {
    const busy = { ...fail('rateLimited', true), retryAfterMs };

    const { text } = await turnHarness(scriptedProvider([busy])).run();

    expect(text).toContain(next);
    expect(text).toContain('Your app is unchanged.');
  });
});

describe('the budget of a project', () => {
  it('ends the turn before a request that could pass it', async () => {
    const provider = scriptedProvider(says('never asked'));
    const prices = { 'script-1': { input: 2, output: 10, cachedInput: 1, writtenInput: 2 } };

    const result = await turnHarness(provider, {
      prices,
      setAside: async (choose) => choose(5000),
    }).run();

    expect(result).toMatchObject({ state: 'failed', errorCode: 'limit_reached', costMicros: 0 });
    expect(result.text).toContain('The budget of this project');
    expect(provider.requests).toEqual([]);
  });

  it('is charged for what was used', async () => {
    const prices = { 'script-1': { input: 2, output: 10, cachedInput: 1, writtenInput: 2 } };

    expect(await turnHarness(scriptedProvider(says('ok')), { prices }).run()).toMatchObject({
      costMicros: 10 * 2 + 5 * 10,
    });
  });
});

function proof(...problems: string[]): PageProof {
  return { screenshotId: 'shot', title: 'App', problems, isPartial: false };
}

describe('the page in a browser', () => {
  it('is part of the proof', async () => {
    const paths: string[] = [];
    const harness = turnHarness(scriptedProvider(calls(write('a.js', '1'), finish('A'))), {
      lookAt: async (path) => {
        paths.push(path);
        return proof();
      },
    });

    const result = await harness.run();

    expect(paths).toEqual(['/']);
    expect(result.proof).toEqual(proof());
    expect(result.text).toContain('Its page opened in a browser.');
  });

  it('whose errors are corrected is done', async () => {
    const seen = [proof('TypeError: x is undefined'), proof()];
    const provider = scriptedProvider(
      calls(write('a.js', '1'), finish('One')),
      calls(write('a.js', '2'), finish('Two')),
    );

    const result = await turnHarness(provider, { lookAt: async () => seen.shift() ?? null }).run();

    expect(result).toMatchObject({ state: 'done', summary: 'Two' });
    expect(JSON.stringify(provider.requests[1]?.messages.at(-1))).toContain('x is undefined');
    expect(result.text).toContain('Done:');
  });

  it('with the same errors again is saved, not done', async () => {
    const provider = scriptedProvider(
      calls(write('a.js', '1'), finish('One')),
      calls(write('a.js', '2'), finish('Two')),
    );
    const harness = turnHarness(provider, { lookAt: async () => proof('TypeError at line 12') });

    const result = await harness.run();

    expect(harness.changes).toHaveLength(2);
    expect(result).toMatchObject({ state: 'done', summary: 'Two' });
    expect(result.text).toContain('Saved: your app is running');
    expect(result.text).toContain('TypeError at line 12');
    expect(result.text).not.toContain('Done');
  });

  it('that lacks parts of other sites proves nothing against the app', async () => {
    const partial = { ...proof('Tailwind is not defined'), isPartial: true };
    const provider = scriptedProvider(calls(write('a.js', '1'), finish('One')));

    const result = await turnHarness(provider, { lookAt: async () => partial }).run();

    expect(result.text).toContain('Done:');
    expect(provider.requests).toHaveLength(1);
  });

  it('is kept, and said to be, when the turn then ends otherwise', async () => {
    const provider = scriptedProvider(calls(write('a.js', '1'), finish('One')), [
      fail('noCredit', false),
    ]);

    const result = await turnHarness(provider, { lookAt: async () => proof('broken') }).run();

    expect(result).toMatchObject({ state: 'failed', summary: 'One' });
    expect(result.text).not.toContain('Your app is unchanged');
    expect(result.text).toContain('is kept');
  });

  it('is not opened when there is no page', async () => {
    const harness = turnHarness(
      scriptedProvider(calls(write('a.js', '1'), finish('One'))),
      {
        applyChange: async (change) => changeSetOf(change, { probe: null }),
        lookAt: () => Promise.reject(new Error('opened')),
      },
      [],
    );

    expect(await harness.run()).toMatchObject({ state: 'done', proof: null });
  });
});
