import {
  addUsage,
  NO_USAGE,
  type ModelMessage,
  type ModelUsage,
} from '../providers/model-provider.ts';
import { createOverlay, type Overlay } from '../tools/overlay.ts';
import { TurnSteps } from './turn-steps.ts';
import { TurnText } from './turn-text.ts';
import type { TurnInput } from './turn-types.ts';

/** TurnRun is the state of one turn: in memory only, so that a turn cut off by a restart has changed nothing. */
export interface TurnRun {
  readonly input: TurnInput;
  readonly system: readonly string[];
  readonly messages: ModelMessage[];
  readonly overlay: Overlay;
  readonly text: TurnText;
  readonly steps: TurnSteps;
  /** How often an edit of a file failed. */
  readonly failedEdits: Map<string, number>;
  usage: ModelUsage;
  rounds: number;
  requestId: string | null;
}

export interface Opening {
  readonly system: readonly string[];
  readonly messages: ModelMessage[];
}

export function createRun(input: TurnInput, { system, messages }: Opening): TurnRun {
  const { sink, now, files } = input;
  return {
    input,
    system,
    messages,
    overlay: createOverlay(files),
    text: new TurnText((delta) => sink.text(delta)),
    steps: new TurnSteps((step) => sink.step(step), now),
    failedEdits: new Map(),
    usage: NO_USAGE,
    rounds: 0,
    requestId: null,
  };
}

export function countUsage(run: TurnRun, usage: readonly ModelUsage[]): void {
  run.usage = usage.reduce(addUsage, run.usage);
}

export function say(run: TurnRun, text: string): void {
  run.messages.push({ role: 'user', parts: [{ type: 'text', text }] });
}
