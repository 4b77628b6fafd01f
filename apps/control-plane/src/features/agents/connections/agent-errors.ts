import { TunnelError } from '@spt-flow/tunnel/types';
import type { AGENT_ERROR_CODES, RequestMethod } from '@spt-flow/shared/agent-protocol/requests';
import { AppError, type ErrorCode } from '@spt-flow/shared/domain/errors';

export type AgentErrorCode = (typeof AGENT_ERROR_CODES)[number];

const CODES: Readonly<Record<AgentErrorCode, ErrorCode>> = {
  unimplemented: 'not_implemented_by_agent',
  bad_request: 'validation_failed',
  not_found: 'not_found',
  path_not_permitted: 'path_not_permitted',
  too_large: 'body_too_large',
  busy: 'change_set_busy',
  conflict: 'change_set_conflict',
  refused: 'agent_offline',
  suspended: 'workspace_stopped',
  unavailable: 'ssh_unavailable',
  timeout: 'agent_timeout',
  internal: 'internal',
};

/** agentRefusal is the AppError for an answer that says no. The message is shown where the fault is the caller's. */
export function agentRefusal(
  method: RequestMethod,
  refusal: { code: AgentErrorCode; message: string },
): AppError {
  if (method === 'tcp' && refusal.code === 'refused') return new AppError('port_not_open');
  if (method === 'pty' && refusal.code === 'refused') return new AppError('terminal_not_shared');
  if (method === 'tcp.listen' && refusal.code === 'conflict')
    return new AppError('port_unavailable');
  if (method === 'update' && refusal.code === 'unavailable')
    return new AppError('not_implemented_by_agent', refusal.message);
  if (method === 'engine' || method === 'engine.host') {
    if (refusal.code === 'refused') return new AppError('host_refused', refusal.message);
    if (refusal.code === 'unavailable') return new AppError('engine_unavailable', refusal.message);
  }
  return new AppError(CODES[refusal.code], refusal.message);
}

/** toAppError turns what a stream threw into what callers know: a stream that broke means that the agent is gone. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (!(error instanceof TunnelError)) return new AppError('internal', undefined, { cause: error });
  const code = isAgentErrorCode(error.code) ? CODES[error.code] : 'agent_offline';
  return new AppError(code, undefined, { cause: error });
}

function isAgentErrorCode(code: string): code is AgentErrorCode {
  return Object.hasOwn(CODES, code);
}
