import type { Span } from '@spt-flow/shared/domain/otlp';
import { newSpanId } from '../../../lib/tracing/tracer.ts';

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

const MICROS = 1_000_000;

/** turnSpans are the turn and, below it, its requests to models, with the names that Langfuse and the conventions for AI give. */
export function turnSpans(turn: TracedTurn): Span[] {
  const traceId = turn.turnId.replaceAll('-', '');
  const root = { ...turnSpan(turn), traceId, spanId: newSpanId() };
  const calls = turn.calls.map((call) => ({
    ...{ ...callSpan(call, turn), traceId, spanId: newSpanId(), parentId: root.spanId },
  }));
  return [root, ...calls];
}

type Content = Omit<Span, 'traceId' | 'spanId' | 'parentId'>;

function turnSpan(turn: TracedTurn): Content {
  const { startedMs, endedMs, state, conversationId, projectId, correlationId } = turn;
  return {
    ...{ name: 'chat turn', kind: 'internal', startedMs, endedMs },
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

function callSpan(call: TracedCall, { conversationId }: TracedTurn): Content {
  const { startedMs, endedMs, failure } = call;
  return {
    ...{
      name: `chat ${call.model ?? call.provider}`,
      kind: 'internal',
      startedMs,
      endedMs,
      failure,
    },
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
