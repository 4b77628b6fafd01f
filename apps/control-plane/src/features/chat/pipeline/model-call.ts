import { setTimeout as sleep } from 'node:timers/promises';
import {
  NO_USAGE,
  type AssistantPart,
  type DoneReason,
  type ModelEvent,
  type ModelFailure,
  type ModelProvider,
  type ModelRequest,
  type ModelUsage,
  type ToolCallPart,
} from '../providers/model-provider.ts';
import type { TurnLimits } from './turn-types.ts';
import { watchSilence } from './watch-silence.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8000;

export interface Reply {
  readonly parts: readonly AssistantPart[];
  readonly calls: readonly ToolCallPart[];
  /** The name of a call that was cut off. */
  readonly openCall: string | null;
  readonly reason: DoneReason;
}

export interface CallOutcome {
  readonly reply: Reply | null;
  readonly failure: ModelFailure | null;
}

export interface ModelCall {
  readonly provider: ModelProvider;
  readonly request: ModelRequest;
  readonly limits: TurnLimits;
  readonly signal: AbortSignal;
  onEvent(event: ModelEvent): void;
  /** What a try has used, failed ones too. */
  onTry(usage: ModelUsage): void;
  /** Asked before a try is repeated, because each one costs. */
  mayRetry(): boolean;
  /** The try failed and is repeated: what its events said does not count. */
  onRetry(failure: ModelFailure): void;
}

class ReplyBuilder {
  readonly parts: AssistantPart[] = [];
  readonly #open = new Map<string, string>();
  usage: ModelUsage = NO_USAGE;
  bytes = 0;

  add(event: ModelEvent): void {
    if (event.type === 'text') this.#addText(event.text);
    else if (event.type === 'carry') this.parts.push(event);
    else if (event.type === 'toolStart') this.#open.set(event.id, event.name);
    else if (event.type === 'toolDelta') this.bytes += event.json.length;
    else if (event.type === 'thinking') this.bytes += event.text.length;
    else if (event.type === 'usage') this.usage = event.usage;
    else if (event.type === 'toolReady') {
      this.#open.delete(event.id);
      this.parts.push({ type: 'toolCall', id: event.id, name: event.name, input: event.input });
    }
  }

  #addText(text: string): void {
    this.bytes += text.length;
    const last = this.parts.at(-1);
    if (last?.type === 'text')
      this.parts[this.parts.length - 1] = { type: 'text', text: last.text + text };
    else this.parts.push({ type: 'text', text });
  }

  /** A call cut off by `maxTokens` is dropped, as if it had never begun. */
  finish(reason: DoneReason): Reply {
    const cut =
      reason === 'maxTokens'
        ? this.parts.filter((part) => part.type === 'toolCall' && part.input === undefined)
        : [];
    const parts = this.parts.filter((part) => !cut.includes(part));
    const calls = parts.filter((part) => part.type === 'toolCall');
    const dropped = cut.find((part) => part.type === 'toolCall');
    return { parts, calls, openCall: [...this.#open.values()][0] ?? dropped?.name ?? null, reason };
  }
}

function lost(kind: 'endless' | 'connection'): ModelFailure {
  return {
    type: 'failed',
    kind,
    retryable: kind === 'connection',
    retryAfterMs: null,
    requestId: null,
  };
}

async function tryOnce(call: ModelCall): Promise<CallOutcome> {
  const builder = new ReplyBuilder();
  const abort = new AbortController();
  const events = call.provider.stream(call.request, AbortSignal.any([call.signal, abort.signal]));
  const outcome = (reply: Reply | null, failure: ModelFailure | null): CallOutcome => ({
    reply,
    failure,
  });
  try {
    for await (const event of watchSilence(events, call.limits.idleTimeoutMs, abort)) {
      if (event.type === 'failed') return outcome(null, event);
      if (event.type === 'done') return outcome(builder.finish(event.reason), null);
      builder.add(event);
      call.onEvent(event);
      if (builder.bytes > call.limits.maxReplyBytes) return outcome(null, lost('endless'));
    }
    return outcome(null, lost('connection'));
  } finally {
    abort.abort();
    call.onTry(builder.usage);
  }
}

function waitMs(failure: ModelFailure, attempt: number): number {
  if (failure.retryAfterMs !== null) return failure.retryAfterMs;
  const jitter = 1 - Math.random() * 0.25;
  return Math.min(FIRST_RETRY_MS * 2 ** attempt, LONGEST_RETRY_MS) * jitter;
}

/** callModel gets one reply and repeats what is worth repeating. No tool has run from a reply that failed. */
export async function callModel(call: ModelCall): Promise<CallOutcome> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await tryOnce(call);
    const { failure } = outcome;
    if (failure === null || call.signal.aborted) return outcome;
    const wait = waitMs(failure, attempt);
    const patience = attempt < call.limits.maxRetries && wait <= call.limits.maxRetryWaitMs;
    if (!failure.retryable || !patience || !call.mayRetry()) return outcome;
    call.onRetry(failure);
    await sleep(wait, undefined, { signal: call.signal }).catch(() => {
      // Stopped while waiting: the next try sees the aborted signal and ends.
    });
  }
}
