import { AppError } from '@spt-flow/shared/domain/errors';
import { traceparentOf } from '@spt-flow/shared/domain/otlp';
import { newSpanId, nowMs, type Tracer } from '../../../lib/tracing/tracer.ts';
import type { AgentConnections } from './agent-connections.ts';

/** tracedRequests makes a span of what agents are asked for a request of the API; the agent's log has its id. */
export function tracedRequests(
  request: AgentConnections['request'],
  tracer: Pick<Tracer, 'current' | 'record'>,
): AgentConnections['request'] {
  return async (workspaceId, head, options) => {
    const parent = tracer.current();
    if (!parent) return request(workspaceId, head, options);
    const { traceId } = parent;
    const span = { traceId, spanId: newSpanId(), parentId: parent.spanId };
    const startedMs = nowMs();
    let failure: string | null = null;
    try {
      return await request(workspaceId, { ...head, traceparent: traceparentOf(span) }, options);
    } catch (error) {
      failure = error instanceof AppError ? error.code : 'failed';
      throw error;
    } finally {
      tracer.record({
        ...{ ...span, kind: 'client', name: `agent ${head.method}` },
        ...{ startedMs, endedMs: nowMs(), failure },
        attributes: {
          'rpc.system': 'spt-flow',
          'rpc.method': head.method,
          'spt_flow.workspace_id': workspaceId,
        },
      });
    }
  };
}
