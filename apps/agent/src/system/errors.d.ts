import type { ResponseHead } from '@spt-flow/shared/agent-protocol/requests';
export type AgentErrorCode = Extract<
  ResponseHead,
  {
    ok: false;
  }
>['code'];
/** AgentError is an answer: its code and message go to the control plane as they are. */
export declare class AgentError extends Error {
  readonly name = 'AgentError';
  readonly code: AgentErrorCode;
  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions);
}
/** The `code` of a system error (`ENOENT`) or of an AgentError, undefined for anything else. */
export declare function systemCode(error: unknown): string | undefined;
export declare function messageOf(error: unknown): string;
/** Runs a step whose failure with one of these codes means that there is nothing to do. */
export declare function ignoring<T>(
  codes: readonly string[],
  run: () => Promise<T>,
): Promise<T | undefined>;
