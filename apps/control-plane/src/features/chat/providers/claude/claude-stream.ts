import type {
  MessageDeltaUsage,
  RawMessageStreamEvent,
  StopReason,
  Usage,
} from '@anthropic-ai/sdk/resources/messages';
import type { DoneReason, ModelEvent, ModelUsage } from '../model-provider.ts';
import { carryOrigin } from './claude-request.ts';

type OpenBlock =
  | { readonly type: 'tool'; readonly id: string; readonly name: string; json: string }
  | { readonly type: 'thinking'; thinking: string; signature: string };

const DONE_REASONS: Readonly<Partial<Record<StopReason, DoneReason>>> = {
  tool_use: 'toolCalls',
  max_tokens: 'maxTokens',
  pause_turn: 'paused',
  refusal: 'refused',
  model_context_window_exceeded: 'contextFull',
};

/** Numbers are cumulative, so they overwrite; a missing one keeps what was known. */
function readUsage(usage: Usage | MessageDeltaUsage, known: RawUsage): RawUsage {
  return {
    uncached: usage.input_tokens ?? known.uncached,
    written: usage.cache_creation_input_tokens ?? known.written,
    read: usage.cache_read_input_tokens ?? known.read,
    output: usage.output_tokens,
  };
}

interface RawUsage {
  readonly uncached: number;
  readonly written: number;
  readonly read: number;
  readonly output: number;
}

function toUsage({ uncached, written, read, output }: RawUsage): ModelUsage {
  return {
    inputTokens: uncached + written + read,
    cachedInputTokens: read,
    writtenInputTokens: written,
    outputTokens: output,
  };
}

function parseInput(json: string): unknown {
  if (json === '') return {};
  try {
    return JSON.parse(json);
  } catch {
    // The model wrote invalid JSON; `undefined` says so, and the pipeline tells the model.
    return undefined;
  }
}

/** ClaudeStreamReader turns the events of one reply into normalised ones; unknown events are ignored. */
export class ClaudeStreamReader {
  /** False as long as `message_stop` was not seen: the reply is then not complete, however much text came. */
  complete = false;
  readonly #origin: string;
  readonly #blocks = new Map<number, OpenBlock>();
  #usage: RawUsage = { uncached: 0, written: 0, read: 0, output: 0 };
  #reason: DoneReason = 'finished';

  constructor(model: string) {
    this.#origin = carryOrigin(model);
  }

  read(event: RawMessageStreamEvent): ModelEvent[] {
    switch (event.type) {
      case 'message_start':
        return this.#use(event.message.usage);
      case 'content_block_start':
        return this.#open(event);
      case 'content_block_delta':
        return this.#delta(event);
      case 'content_block_stop':
        return this.#close(event.index);
      case 'message_delta':
        if (event.delta.stop_reason)
          this.#reason = DONE_REASONS[event.delta.stop_reason] ?? 'finished';
        return this.#use(event.usage);
      case 'message_stop':
        this.complete = true;
        return [{ type: 'done', reason: this.#reason }];
      default:
        return [];
    }
  }

  #use(usage: Usage | MessageDeltaUsage): ModelEvent[] {
    this.#usage = readUsage(usage, this.#usage);
    return [{ type: 'usage', usage: toUsage(this.#usage) }];
  }

  #open({
    index,
    content_block: block,
  }: Extract<RawMessageStreamEvent, { type: 'content_block_start' }>): ModelEvent[] {
    switch (block.type) {
      case 'text':
        return block.text === '' ? [] : [{ type: 'text', text: block.text }];
      case 'tool_use':
        this.#blocks.set(index, { type: 'tool', id: block.id, name: block.name, json: '' });
        return [{ type: 'toolStart', id: block.id, name: block.name }];
      case 'thinking':
        this.#blocks.set(index, {
          type: 'thinking',
          thinking: block.thinking,
          signature: block.signature,
        });
        return [];
      case 'redacted_thinking':
        return [
          { type: 'carry', origin: this.#origin, data: { type: block.type, data: block.data } },
        ];
      default:
        return [];
    }
  }

  #delta({
    index,
    delta,
  }: Extract<RawMessageStreamEvent, { type: 'content_block_delta' }>): ModelEvent[] {
    if (delta.type === 'text_delta') return [{ type: 'text', text: delta.text }];
    const block = this.#blocks.get(index);
    if (block?.type === 'tool' && delta.type === 'input_json_delta') {
      block.json += delta.partial_json;
      return delta.partial_json === ''
        ? []
        : [{ type: 'toolDelta', id: block.id, json: delta.partial_json }];
    }
    if (block?.type === 'thinking' && delta.type === 'thinking_delta') {
      block.thinking += delta.thinking;
      return [{ type: 'thinking', text: delta.thinking }];
    }
    if (block?.type === 'thinking' && delta.type === 'signature_delta')
      block.signature = delta.signature;
    return [];
  }

  #close(index: number): ModelEvent[] {
    const block = this.#blocks.get(index);
    this.#blocks.delete(index);
    if (block?.type === 'tool')
      return [{ type: 'toolReady', id: block.id, name: block.name, input: parseInput(block.json) }];
    if (block?.type !== 'thinking') return [];
    return [{ type: 'carry', origin: this.#origin, data: { ...block } }];
  }
}
