import { failure } from '../failure.ts';
import type { ModelEvent, ModelProvider, ModelRequest } from '../model-provider.ts';
import { textToolRequest } from '../text-tools/text-tool-request.ts';
import { TextToolReader } from '../text-tools/text-tool-reader.ts';
import { saysNoTools, toEvent, toStreamFailure, type ServerError } from './openai-failures.ts';
import { readLimits } from './openai-limits.ts';
import { toOpenAiRequest } from './openai-request.ts';
import { OpenAiStreamReader, readChunk } from './openai-stream.ts';
import { serverEvents } from './server-events.ts';

export interface OpenAiConfig {
  /** With the version: `https://api.openai.com/v1`, `http://localhost:11434/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  /** Servers of one's own often want none. */
  readonly apiKey?: string | undefined;
}

/** Until the head of the answer; the pipeline watches the silence after it. */
const ANSWER_TIMEOUT_MS = 120_000;
const MAX_ERROR_CHARACTERS = 10_000;
const DONE = '[DONE]';

type Opened =
  | { readonly type: 'stream'; readonly body: AsyncIterable<Uint8Array> }
  | { readonly type: 'error'; readonly error: ServerError };

/** createOpenAiProvider speaks the chat completions API, as OpenAI, Ollama, vLLM and gateways serve it. */
export function createOpenAiProvider({ baseUrl, model, apiKey }: OpenAiConfig): ModelProvider {
  const base = baseUrl.replace(/\/+$/, '');
  const isOpenAi = new URL(base).hostname === 'api.openai.com';
  const headers = {
    'content-type': 'application/json',
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  };
  /** Found out by asking: the model then writes its calls as text. */
  let writesCalls = false;

  async function open(request: ModelRequest, signal: AbortSignal): Promise<Opened> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ANSWER_TIMEOUT_MS);
    try {
      const asked = writesCalls ? textToolRequest(request) : request;
      const response = await fetch(`${base}/chat/completions`, {
        method: 'POST',
        // A redirect would carry the key elsewhere.
        redirect: 'error',
        headers,
        body: JSON.stringify(toOpenAiRequest(asked, { model, isOpenAi })),
        signal: AbortSignal.any([signal, late.signal]),
      });
      const { status, body } = response;
      if (response.ok && body) return { type: 'stream', body };
      const text = (await response.text()).slice(0, MAX_ERROR_CHARACTERS);
      return { type: 'error', error: { status, headers: response.headers, body: text } };
    } finally {
      clearTimeout(timer);
    }
  }

  async function* readReply(body: AsyncIterable<Uint8Array>): AsyncIterable<ModelEvent> {
    const reader = new OpenAiStreamReader();
    const written = writesCalls ? new TextToolReader() : null;
    const toCalls = (events: ModelEvent[]) =>
      written ? events.flatMap((event) => written.read(event)) : events;
    for await (const data of serverEvents(body)) {
      if (data === DONE) break;
      const chunk = readChunk(data);
      if (chunk.error !== undefined) {
        yield toStreamFailure(chunk.error);
        return;
      }
      yield* toCalls(reader.read(chunk));
    }
    yield* toCalls(reader.end());
  }

  async function* answer(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const opened = await open(request, signal);
    if (opened.type === 'stream') yield* readReply(opened.body);
    else if (writesCalls || !saysNoTools(opened.error)) yield toEvent(opened.error, Date.now());
    else {
      writesCalls = true;
      yield* answer(request, signal);
    }
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    try {
      yield* answer(request, signal);
    } catch (error) {
      if (signal.aborted) yield failure('aborted', false);
      else if (isAbort(error)) yield failure('timeout', true);
      // What fetch throws is a TypeError; everything else was an answer that could not be read.
      else yield failure(error instanceof TypeError ? 'connection' : 'malformed', true);
    }
  }

  return {
    name: isOpenAi ? 'OpenAI' : new URL(base).host,
    model,
    templatesOnly: false,
    limits: (signal) => readLimits({ url: `${base}/models`, headers, model }, signal),
    stream,
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
