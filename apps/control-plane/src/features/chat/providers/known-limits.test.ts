import { describe, expect, it } from 'vitest';
import { scriptedProvider } from '../testing/scripted-provider.ts';
import { withKnownLimits } from './known-limits.ts';
import { UNKNOWN_LIMITS, type ModelLimits } from './model-provider.ts';

const KNOWN: ModelLimits = { contextTokens: 1000, outputTokens: 100, seesImages: null };
const { signal } = new AbortController();

function limitsOf(answers: (() => Promise<ModelLimits>)[], now?: () => number) {
  let asked = 0;
  const provider = {
    ...scriptedProvider(),
    limits: () => answers[asked++]?.() ?? Promise.reject(new Error('asked too often')),
  };
  return { ...withKnownLimits(provider, now), asked: () => asked };
}

describe('the limits of a model', () => {
  it('are asked for once, whoever waits at the same time', async () => {
    const provider = limitsOf([async () => KNOWN]);

    const seen = await Promise.all([provider.limits(signal), provider.limits(signal)]);

    expect(seen).toEqual([KNOWN, KNOWN]);
    expect(await provider.limits(signal)).toBe(KNOWN);
    expect(provider.asked()).toBe(1);
  });

  it('are unknown for a minute when the service does not tell', async () => {
    let nowMs = 0;
    const fails = () => Promise.reject(new Error('404'));
    const provider = limitsOf([fails, async () => KNOWN], () => nowMs);

    expect(await provider.limits(signal)).toBe(UNKNOWN_LIMITS);
    nowMs = 59_999;
    expect(await provider.limits(signal)).toBe(UNKNOWN_LIMITS);
    nowMs = 60_000;
    expect(await provider.limits(signal)).toBe(KNOWN);
    expect(provider.asked()).toBe(2);
  });

  it('keep no turn that is stopped', async () => {
    const provider = limitsOf([() => new Promise(() => undefined)]);
    const stop = new AbortController();
    const waiting = provider.limits(stop.signal);

    stop.abort();

    expect(await waiting).toBe(UNKNOWN_LIMITS);
  });
});
