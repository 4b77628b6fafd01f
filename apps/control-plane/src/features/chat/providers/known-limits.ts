import { UNKNOWN_LIMITS, type ModelLimits, type ModelProvider } from './model-provider.ts';

/** So long a service that did not tell is not asked again: some never do, and every turn would wait for it. */
const UNKNOWN_MS = 60_000;

/** withKnownLimits asks for the limits once, for all turns; while the service does not tell they are unknown. */
export function withKnownLimits(
  provider: ModelProvider,
  now: () => number = () => performance.now(),
): ModelProvider {
  let answer: Promise<ModelLimits> | undefined;
  let askAgainAtMs = Number.POSITIVE_INFINITY;

  async function ask(): Promise<ModelLimits> {
    try {
      // Not with the signal of a turn: others wait for the same answer.
      return await provider.limits(new AbortController().signal);
    } catch {
      // The turn tells what is wrong with the service as soon as it asks for an answer.
      askAgainAtMs = now() + UNKNOWN_MS;
      return UNKNOWN_LIMITS;
    }
  }

  return {
    ...provider,
    async limits(signal) {
      if (now() >= askAgainAtMs) {
        answer = undefined;
        askAgainAtMs = Number.POSITIVE_INFINITY;
      }
      answer ??= ask();
      const stopped = new Promise<ModelLimits>((resolve) => {
        signal.addEventListener('abort', () => resolve(UNKNOWN_LIMITS), { once: true });
      });
      return Promise.race([answer, stopped]);
    },
  };
}
