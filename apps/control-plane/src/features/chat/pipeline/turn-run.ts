import {
  addUsage,
  NO_USAGE,
  type ModelLimits,
  type ModelMessage,
  type ModelProvider,
  type ModelUsage,
} from '../providers/model-provider.ts';
import { createOverlay, type Overlay } from '../tools/overlay.ts';
import { Budget } from './budget.ts';
import { TurnSteps } from './turn-steps.ts';
import { TurnText } from './turn-text.ts';
import type { ModelCallRecord, TurnInput } from './turn-types.ts';

/** TurnRun is the state of one turn: in memory only, so that a turn cut off by a restart has changed nothing. */
export interface TurnRun {
  readonly input: TurnInput;
  readonly system: readonly string[];
  readonly messages: ModelMessage[];
  readonly overlay: Overlay;
  readonly text: TurnText;
  readonly steps: TurnSteps;
  /** Calls that were refused because no plan is approved, and what they would have written. */
  readonly refused: { calls: number; readonly edits: string[] };
  /** How often an edit of a file failed. */
  readonly failedEdits: Map<string, number>;
  readonly budget: Budget;
  /** What each model has used. */
  readonly usage: Map<ModelProvider, ModelUsage>;
  readonly calls: ModelCallRecord[];
  /** The one that answers now. */
  model: { readonly provider: ModelProvider; readonly limits: ModelLimits };
  rounds: number;
  requestId: string | null;
}

export interface Opening {
  readonly limits: ModelLimits;
  readonly system: readonly string[];
  readonly messages: ModelMessage[];
}

export function createRun(input: TurnInput, { limits, system, messages }: Opening): TurnRun {
  const { sink, now, files, provider } = input;
  return {
    input,
    system,
    messages,
    overlay: createOverlay(files),
    text: new TurnText((delta) => sink.text(delta)),
    steps: new TurnSteps((step) => sink.step(step), now),
    refused: { calls: 0, edits: [] },
    failedEdits: new Map(),
    budget: new Budget({ maxTokens: input.limits.maxTurnTokens, maxMicros: null }),
    usage: new Map(),
    calls: [],
    model: { provider, limits },
    rounds: 0,
    requestId: null,
  };
}

export function totalUsage(run: TurnRun): ModelUsage {
  return [...run.usage.values()].reduce(addUsage, NO_USAGE);
}

export function say(run: TurnRun, text: string): void {
  run.messages.push({ role: 'user', parts: [{ type: 'text', text }] });
}
