/** What a model may do in a turn. Vendors' shapes end inside their own folder. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** Ask for the input piece by piece as it is written; it may then turn out not to be valid JSON. */
  readonly streamInput: boolean;
}

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** A picture that a person shows; `alt` is for models that can't see it. */
export interface ImagePart {
  readonly type: 'image';
  readonly mediaType: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif';
  readonly base64: string;
  readonly width: number;
  readonly height: number;
  readonly alt: string;
}

export interface ToolCallPart {
  readonly type: 'toolCall';
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export interface ToolResultPart {
  readonly type: 'toolResult';
  readonly callId: string;
  readonly text: string;
  readonly isError: boolean;
}

/** Something a provider wants back unchanged within the turn; only the model named in `origin` may see it. */
export interface CarryPart {
  readonly type: 'carry';
  readonly origin: string;
  readonly data: unknown;
}

export type AssistantPart = TextPart | ToolCallPart | CarryPart;
export type UserPart = TextPart | ImagePart | ToolResultPart;
export type ModelMessage =
  | { readonly role: 'user'; readonly parts: readonly UserPart[] }
  | { readonly role: 'assistant'; readonly parts: readonly AssistantPart[] };

export interface ModelRequest {
  /** Prompt layers, the most stable first: a provider may cache each prefix. */
  readonly system: readonly string[];
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolDefinition[];
  readonly maxOutputTokens: number;
}

export interface ModelUsage {
  /** All input tokens, cached ones included. */
  readonly inputTokens: number;
  /** Of these, read from the provider's cache. */
  readonly cachedInputTokens: number;
  /** Of these, written to it. */
  readonly writtenInputTokens: number;
  readonly outputTokens: number;
}

export type DoneReason =
  'finished' | 'toolCalls' | 'maxTokens' | 'paused' | 'refused' | 'contextFull';

export type FailureKind =
  | 'badRequest'
  /** The model that was asked can't look at pictures. */
  | 'noVision'
  | 'wrongKey'
  | 'noCredit'
  | 'notPermitted'
  | 'unknownModel'
  | 'tooLarge'
  | 'rateLimited'
  | 'serviceError'
  | 'overloaded'
  | 'timeout'
  | 'connection'
  | 'malformed'
  /** Stopped by us, because it did not come to an end. */
  | 'endless'
  | 'aborted';

export interface ModelFailure {
  readonly type: 'failed';
  readonly kind: FailureKind;
  readonly retryable: boolean;
  /** How long the provider asks to wait before the next try. */
  readonly retryAfterMs: number | null;
  readonly requestId: string | null;
}

export type ModelEvent =
  | TextPart
  | CarryPart
  | ModelFailure
  | { readonly type: 'thinking'; readonly text: string }
  | { readonly type: 'toolStart'; readonly id: string; readonly name: string }
  | { readonly type: 'toolDelta'; readonly id: string; readonly json: string }
  /** `input` is undefined when the model's JSON was not valid. */
  | {
      readonly type: 'toolReady';
      readonly id: string;
      readonly name: string;
      readonly input: unknown;
    }
  /** Usage of this reply so far: each event replaces the one before. */
  | { readonly type: 'usage'; readonly usage: ModelUsage }
  | { readonly type: 'done'; readonly reason: DoneReason };

/** ModelLimits are those of one request; null: the service does not say. */
export interface ModelLimits {
  /** Input and output together. */
  readonly contextTokens: number | null;
  readonly outputTokens: number | null;
  /** Whether the model can look at pictures. */
  readonly seesImages: boolean | null;
}

export const UNKNOWN_LIMITS: ModelLimits = {
  contextTokens: null,
  outputTokens: null,
  seesImages: null,
};

/** ModelProvider streams one reply. The last event is always `done` or `failed`; it never throws. */
export interface ModelProvider {
  readonly name: string;
  readonly model: string | null;
  /** True when answers come from templates because no model key is set. */
  readonly templatesOnly: boolean;
  /** As the service tells them; fails when it cannot be asked. */
  limits(signal: AbortSignal): Promise<ModelLimits>;
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

export const NO_USAGE: ModelUsage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  writtenInputTokens: 0,
  outputTokens: 0,
};

export function addUsage(left: ModelUsage, right: ModelUsage): ModelUsage {
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    cachedInputTokens: left.cachedInputTokens + right.cachedInputTokens,
    writtenInputTokens: left.writtenInputTokens + right.writtenInputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
  };
}

export function totalTokens(usage: ModelUsage): number {
  return usage.inputTokens + usage.outputTokens;
}
