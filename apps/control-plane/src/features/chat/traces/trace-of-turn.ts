import { nowMs } from '../../../lib/tracing/tracer.ts';
import type { TurnRow } from '../chat-repository.ts';
import { costMicros, priceOf, type ModelPrices } from '../pipeline/model-prices.ts';
import type { TurnResult } from '../pipeline/turn-types.ts';
import type { TracedTurn } from './turn-spans.ts';

interface EndedTurn {
  readonly projectId: string;
  readonly turn: Pick<TurnRow, 'id' | 'conversationId' | 'correlationId'>;
  readonly outcome: Pick<TurnResult, 'state' | 'changeSetId' | 'calls'>;
  readonly prices: ModelPrices;
  /** As `performance.now` tells it. */
  readonly startedMs: number;
}

/** traceOf is what is told of a turn that has just ended. */
export function traceOf({ projectId, turn, outcome, prices, startedMs }: EndedTurn): TracedTurn {
  const { id: turnId, conversationId, correlationId } = turn;
  const { state, changeSetId, calls } = outcome;
  return {
    ...{ turnId, conversationId, projectId, correlationId, state, changeSetId },
    startedMs: sinceEpoch(startedMs),
    endedMs: nowMs(),
    calls: calls.map(({ provider: { name, model }, usage, failure, ...times }) => ({
      ...{ provider: name, model, failure },
      startedMs: sinceEpoch(times.startedMs),
      endedMs: sinceEpoch(times.endedMs),
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      costMicros: costMicros(priceOf(prices, model), usage),
    })),
  };
}

function sinceEpoch(ms: number): number {
  return performance.timeOrigin + ms;
}
