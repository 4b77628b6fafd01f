import {
  NO_USAGE,
  UNKNOWN_LIMITS,
  type ModelEvent,
  type ModelProvider,
  type ModelRequest,
} from '../providers/model-provider.ts';

export interface ScriptedProvider extends ModelProvider {
  readonly requests: readonly ModelRequest[];
}

export type ScriptedReply =
  readonly ModelEvent[] | ((signal: AbortSignal) => AsyncIterable<ModelEvent>);

/** scriptedProvider answers with the given replies in turn, then with a failure. */
export function scriptedProvider(...replies: readonly ScriptedReply[]): ScriptedProvider {
  const requests: ModelRequest[] = [];
  const left = [...replies];
  return {
    name: 'Scripted',
    model: 'script-1',
    templatesOnly: false,
    requests,
    limits: async () => UNKNOWN_LIMITS,
    async *stream(request, signal) {
      requests.push({ ...request, messages: structuredClone(request.messages) });
      const reply = left.shift() ?? [fail('badRequest', false)];
      yield* typeof reply === 'function' ? reply(signal) : reply;
    },
  };
}

let nextId = 0;

export interface ScriptedCall {
  readonly name: string;
  readonly input: unknown;
}

export function callEvents({ name, input }: ScriptedCall): ModelEvent[] {
  const id = `call-${++nextId}`;
  return [
    { type: 'toolStart', id, name },
    { type: 'toolDelta', id, json: input === undefined ? '{"path' : JSON.stringify(input) },
    { type: 'toolReady', id, name, input },
  ];
}

export function usageOf(inputTokens: number, outputTokens: number): ModelEvent {
  return { type: 'usage', usage: { ...NO_USAGE, inputTokens, outputTokens } };
}

export function calls(...each: readonly ScriptedCall[]): ModelEvent[] {
  return [usageOf(10, 5), ...each.flatMap(callEvents), { type: 'done', reason: 'toolCalls' }];
}

export function says(text: string): ModelEvent[] {
  return [usageOf(10, 5), { type: 'text', text }, { type: 'done', reason: 'finished' }];
}

export function fail(
  kind: Extract<ModelEvent, { type: 'failed' }>['kind'],
  retryable: boolean,
): ModelEvent {
  return { type: 'failed', kind, retryable, retryAfterMs: 0, requestId: 'req_1' };
}

export function write(path: string, content: string): ScriptedCall {
  return { name: 'write_file', input: { path, content } };
}

export function finish(summary: string): ScriptedCall {
  return { name: 'finish', input: { summary } };
}
