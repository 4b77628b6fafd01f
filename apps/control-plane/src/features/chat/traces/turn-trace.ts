import { randomBytes } from 'node:crypto';

/** One request to a model. */
export interface TracedCall {
  readonly provider: string;
  readonly model: string | null;
  /** Since the epoch. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicros: number;
  /** Null: it was answered. */
  readonly failure: string | null;
}

/** What is told of a turn: figures, no words of people, models or files. */
export interface TracedTurn {
  readonly turnId: string;
  readonly conversationId: string;
  readonly projectId: string;
  readonly correlationId: string;
  /** Since the epoch. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly state: 'done' | 'failed' | 'stopped';
  readonly changeSetId: string | null;
  readonly calls: readonly TracedCall[];
}

type Value = string | number | null;

interface Span {
  readonly name: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly failure: string | null;
  readonly attributes: Readonly<Record<string, Value>>;
}

const MICROS = 1_000_000;
/** Codes of OpenTelemetry. */
const KIND_INTERNAL = 1;
const STATUS = { ok: 1, error: 2 };

/** toOtlp writes a turn as OpenTelemetry's JSON, with the names that Langfuse and the conventions for AI give. */
export function toOtlp(turn: TracedTurn): object {
  const traceId = turn.turnId.replaceAll('-', '');
  const root = newSpanId();
  const spans = [
    { ...toSpan(turnSpan(turn)), traceId, spanId: root },
    ...turn.calls.map((call) => ({
      ...toSpan(callSpan(call, turn)),
      ...{ traceId, spanId: newSpanId(), parentSpanId: root },
    })),
  ];
  const resource = { attributes: toAttributes({ 'service.name': 'spt-flow' }) };
  return {
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'spt-flow.chat' }, spans }] }],
  };
}

function turnSpan(turn: TracedTurn): Span {
  const { startedMs, endedMs, state, conversationId, projectId, correlationId } = turn;
  return {
    ...{ name: 'chat turn', startedMs, endedMs },
    failure: state === 'failed' ? state : null,
    attributes: {
      'langfuse.trace.name': 'chat turn',
      'session.id': conversationId,
      'gen_ai.conversation.id': conversationId,
      'langfuse.trace.metadata.projectId': projectId,
      'langfuse.trace.metadata.correlationId': correlationId,
      'langfuse.trace.metadata.state': state,
      'langfuse.trace.metadata.changeSetId': turn.changeSetId,
    },
  };
}

function callSpan(call: TracedCall, { conversationId }: TracedTurn): Span {
  const { startedMs, endedMs, failure } = call;
  return {
    ...{ name: `chat ${call.model ?? call.provider}`, startedMs, endedMs, failure },
    attributes: {
      'langfuse.observation.type': 'generation',
      'session.id': conversationId,
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': call.provider,
      'gen_ai.request.model': call.model,
      'gen_ai.usage.input_tokens': call.inputTokens,
      'gen_ai.usage.output_tokens': call.outputTokens,
      'gen_ai.usage.cost': call.costMicros / MICROS,
      'error.type': failure,
    },
  };
}

function toSpan({ name, startedMs, endedMs, failure, attributes }: Span) {
  return {
    ...{ name, kind: KIND_INTERNAL },
    startTimeUnixNano: toNanos(startedMs),
    endTimeUnixNano: toNanos(endedMs),
    attributes: toAttributes(attributes),
    status: failure === null ? { code: STATUS.ok } : { code: STATUS.error, message: failure },
  };
}

function toAttributes(values: Readonly<Record<string, Value>>) {
  return Object.entries(values).flatMap(([key, value]) =>
    value === null ? [] : [{ key, value: toValue(value) }],
  );
}

function toValue(value: string | number) {
  if (typeof value === 'string') return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Beyond what a number holds exactly. */
function toNanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

function newSpanId(): string {
  return randomBytes(8).toString('hex');
}
