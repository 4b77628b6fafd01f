import type { TurnResult } from './pipeline/turn-types.ts';
import { NO_USAGE } from './providers/model-provider.ts';

/** How a turn ended, as far as it is stored. */
export type Outcome = Omit<TurnResult, 'requestId' | 'errorCode'>;

/** endedWith is the end of a turn that asked no model. */
export function endedWith(state: Outcome['state'], text: string): Outcome {
  return {
    ...{ state, text },
    steps: [],
    choices: [],
    questions: [],
    planning: null,
    changeSetId: null,
    summary: null,
    proof: null,
    usage: NO_USAGE,
    shares: [],
    calls: [],
    costMicros: 0,
  };
}
