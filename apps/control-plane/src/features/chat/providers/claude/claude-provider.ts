import Anthropic from '@anthropic-ai/sdk';
import type {
  MessageCreateParamsStreaming,
  RawMessageStreamEvent,
} from '@anthropic-ai/sdk/resources/messages';
import type { ModelEvent, ModelLimits, ModelProvider, ModelRequest } from '../model-provider.ts';
import { failure } from '../failure.ts';
import { toFailure } from './claude-failures.ts';
import { toClaudeRequest } from './claude-request.ts';
import { ClaudeStreamReader } from './claude-stream.ts';

export interface ClaudeConfig {
  readonly apiKey: string;
  readonly model: string;
  /** A proxy or compatible gateway. */
  readonly baseUrl?: string | undefined;
}

const DEFAULT_BASE_URL = 'https://api.anthropic.com';
/** Until the first byte of the answer; the pipeline watches the silence after it. */
const ANSWER_TIMEOUT_MS = 120_000;
const LIMITS_TIMEOUT_MS = 5_000;

interface Answer {
  readonly events: AsyncIterable<RawMessageStreamEvent>;
  readonly requestId: string | null;
}

/**
 * The official client does transport, headers and SSE. It does not retry here, because it would repeat
 * spend limits and cannot repeat errors inside a stream; and it gets every setting, because it would
 * take missing ones from the environment.
 */
export function createClaudeProvider({ apiKey, model, baseUrl }: ClaudeConfig): ModelProvider {
  const client = new Anthropic({
    apiKey,
    baseURL: baseUrl ?? DEFAULT_BASE_URL,
    maxRetries: 0,
    timeout: ANSWER_TIMEOUT_MS,
    logLevel: 'off',
    webhookKey: null,
    // The documented header; the client would send the key as a bearer token, which gateways refuse.
    defaultHeaders: { 'x-api-key': apiKey, authorization: null },
  });

  async function open(body: MessageCreateParamsStreaming, signal: AbortSignal): Promise<Answer> {
    const { data, request_id: requestId } = await client.messages
      .create(body, { signal })
      .withResponse();
    return { events: data, requestId: requestId ?? null };
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const reader = new ClaudeStreamReader(model);
    let requestId: string | null = null;
    try {
      const answer = await open(toClaudeRequest(request, model), signal);
      requestId = answer.requestId;
      for await (const event of answer.events) {
        yield* reader.read(event);
        if (reader.complete) return;
      }
    } catch (error) {
      const failed = signal.aborted ? failure('aborted', false) : toFailure(error, Date.now());
      yield { ...failed, requestId: failed.requestId ?? requestId };
      return;
    }
    yield failure(signal.aborted ? 'aborted' : 'connection', !signal.aborted, requestId);
  }

  async function limits(signal: AbortSignal): Promise<ModelLimits> {
    const found = await client.models.retrieve(model, {}, { signal, timeout: LIMITS_TIMEOUT_MS });
    return {
      contextTokens: found.max_input_tokens,
      outputTokens: found.max_tokens,
      seesImages: found.capabilities?.image_input.supported ?? null,
    };
  }

  return { name: 'Claude', model, templatesOnly: false, limits, stream };
}
