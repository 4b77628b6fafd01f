import { UNKNOWN_LIMITS, type ModelLimits, type ModelProvider } from './model-provider.ts';

/** withKnownLimits asks for the limits once; while the service cannot be asked they are unknown. */
export function withKnownLimits(provider: ModelProvider): ModelProvider {
  let known: ModelLimits | undefined;
  return {
    ...provider,
    async limits(signal) {
      try {
        known ??= await provider.limits(signal);
        return known;
      } catch {
        // The turn tells what is wrong with the service as soon as it asks for an answer.
        return UNKNOWN_LIMITS;
      }
    },
  };
}
