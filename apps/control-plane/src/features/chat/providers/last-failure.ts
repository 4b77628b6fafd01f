import type { FailureKind, ModelProvider } from './model-provider.ts';

/** LASTING is what is wrong with the service or its settings, and not with one request. */
export const LASTING: ReadonlySet<FailureKind> = new Set([
  'wrongKey',
  'noCredit',
  'notPermitted',
  'unknownModel',
  'rateLimited',
  'serviceError',
  'overloaded',
  'timeout',
  'connection',
]);

export interface WatchedProvider extends ModelProvider {
  /** How the last answer failed; null: it did not, or none was asked for yet. */
  lastFailure(): FailureKind | null;
}

/** withLastFailure remembers whether the service answered, for who wonders whether it works. */
export function withLastFailure(provider: ModelProvider): WatchedProvider {
  let last: FailureKind | null = null;
  return {
    ...provider,
    lastFailure: () => last,
    async *stream(request, signal) {
      for await (const event of provider.stream(request, signal)) {
        if (event.type === 'done') last = null;
        if (event.type === 'failed' && LASTING.has(event.kind)) last = event.kind;
        yield event;
      }
    },
  };
}
