import { describe, expect, it } from 'vitest';
import { NO_USAGE, type ModelRequest } from '../providers/model-provider.ts';
import { Budget } from './budget.ts';
import { costMicros, priceOf, type ModelPrice } from './model-prices.ts';

const PRICE: ModelPrice = { input: 2, output: 10, cachedInput: 0.2, writtenInput: 2.5 };

function prompt(characters: number): Omit<ModelRequest, 'maxOutputTokens'> {
  return { system: ['x'.repeat(characters)], messages: [], tools: [] };
}

describe('a budget', () => {
  it('lets an answer be as long as even its dearest outcome allows', () => {
    const budget = new Budget({ maxTokens: 1_000_000, maxMicros: 50_000 });

    const allowed = budget.outputTokensFor(prompt(4000), { price: PRICE, wanted: 32_000 });

    const input = budget.estimate(prompt(4000));
    expect(allowed).toBeGreaterThan(4000);
    expect(input * 2.5 + allowed * 10).toBeLessThanOrEqual(50_000);
  });

  it('refuses what it could not pay for, and what would pass the tokens', () => {
    const poor = new Budget({ maxTokens: 1_000_000, maxMicros: 12_000 });
    const short = new Budget({ maxTokens: 3000, maxMicros: null });

    expect(poor.outputTokensFor(prompt(4000), { price: PRICE, wanted: 32_000 })).toBe(0);
    expect(poor.hasTokensFor(prompt(4000))).toBe(true);
    expect(short.outputTokensFor(prompt(4000), { price: PRICE, wanted: 32_000 })).toBe(0);
    expect(short.hasTokensFor(prompt(4000))).toBe(false);
  });

  it('counts failed tries too', () => {
    const budget = new Budget({ maxTokens: 1_000_000, maxMicros: 100_000 });
    const usage = { ...NO_USAGE, inputTokens: 1000, outputTokens: 500 };

    budget.charge(prompt(10), { price: PRICE, usage });
    budget.charge(prompt(10), { price: PRICE, usage });

    expect(budget.spentMicros).toBe(2 * (1000 * 2 + 500 * 10));
  });

  it('estimates from what the last request turned out to hold', () => {
    const budget = new Budget({ maxTokens: 1_000_000, maxMicros: null });
    const usage = { ...NO_USAGE, inputTokens: 1200, outputTokens: 10 };

    budget.charge(prompt(4000), { price: PRICE, usage });

    expect(budget.estimate(prompt(4000))).toBe(1200);
    expect(budget.estimate(prompt(4100))).toBe(1250);
  });

  it('refuses a request that is too dear where answers cost nothing', () => {
    const budget = new Budget({ maxTokens: 1_000_000, maxMicros: 1000 });
    const price = { ...PRICE, output: 0 };

    expect(budget.outputTokensFor(prompt(4000), { price, wanted: 500 })).toBe(0);
  });

  it('does not limit models that cost nothing', () => {
    const budget = new Budget({ maxTokens: 1_000_000, maxMicros: 0 });

    expect(budget.outputTokensFor(prompt(10), { price: priceOf({}, 'own'), wanted: 500 })).toBe(
      500,
    );
  });
});

it('prices cached, written and new input apart', () => {
  const usage = {
    inputTokens: 1000,
    cachedInputTokens: 600,
    writtenInputTokens: 300,
    outputTokens: 10,
  };

  expect(costMicros(PRICE, usage)).toBe(100 * 2 + 600 * 0.2 + 300 * 2.5 + 10 * 10);
});
