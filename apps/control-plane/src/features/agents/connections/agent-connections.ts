import {
  RequestHeadSchema,
  ResponseHeadSchema,
  type RequestHead,
} from '@spt-flow/shared/agent-protocol/requests';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { traceparentFor } from '../../../lib/correlation.ts';
import { agentRefusal, toAppError } from './agent-errors.ts';

const ANSWER_TIMEOUT_MS = 10_000;

export interface RequestOptions {
  /** Resets the stream, also after the answer. */
  readonly signal?: AbortSignal | undefined;
  /** How long the agent may take to answer; the body may take longer. */
  readonly timeoutMs?: number | undefined;
  /** Sent and ended at once, for requests whose body the agent reads before it answers. */
  readonly body?: Uint8Array | undefined;
}

export interface AgentAnswer {
  readonly stream: TunnelStream;
  /** What the answer's head carried: not yet validated. */
  readonly data: unknown;
}

/** AgentConnections is how features talk to the agents of workspaces. */
export interface AgentConnections {
  isOnline(workspaceId: string): boolean;
  /** Opens a stream and awaits the answer; AppError when the agent is offline, too slow or refuses. */
  request(workspaceId: string, head: RequestHead, options?: RequestOptions): Promise<AgentAnswer>;
}

export async function requestThrough(
  tunnel: Pick<Tunnel, 'open'> | undefined,
  head: RequestHead,
  options: RequestOptions = {},
): Promise<AgentAnswer> {
  options.signal?.throwIfAborted();
  if (!tunnel) throw new AppError('agent_offline');
  const stream = openStream(tunnel, withTrace(head));
  if (options.body) stream.end(options.body);
  if (options.signal) resetOnAbort(stream, options.signal);
  const answer = ResponseHeadSchema.safeParse(await answerOf(stream, options));
  if (!answer.success) {
    stream.reset('bad_request', 'The answer is not of the protocol');
    throw new AppError('not_implemented_by_agent', undefined, { cause: answer.error });
  }
  if (answer.data.ok) return { stream, data: answer.data.data };
  stream.destroy();
  throw agentRefusal(head.method, answer.data);
}

function resetOnAbort(stream: TunnelStream, signal: AbortSignal): void {
  const abort = () => stream.reset('cancelled');
  signal.addEventListener('abort', abort, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', abort));
}

function openStream(tunnel: Pick<Tunnel, 'open'>, head: RequestHead): TunnelStream {
  try {
    return tunnel.open(head);
  } catch (error) {
    throw toAppError(error);
  }
}

async function answerOf(
  stream: TunnelStream,
  { signal, timeoutMs = ANSWER_TIMEOUT_MS }: RequestOptions,
): Promise<unknown> {
  const timer = setTimeout(() => stream.reset('timeout', 'No answer in time'), timeoutMs);
  try {
    return await stream.response;
  } catch (error) {
    signal?.throwIfAborted();
    throw toAppError(error);
  } finally {
    clearTimeout(timer);
  }
}

function withTrace(head: RequestHead): RequestHead {
  const parsed = RequestHeadSchema.parse(head);
  return parsed.correlationId === undefined || parsed.traceparent !== undefined
    ? parsed
    : { ...parsed, traceparent: traceparentFor(parsed.correlationId) };
}
