import type { RequestHead, RequestMethod } from '@spt-flow/shared/agent-protocol/requests';
import type { TunnelStream } from '@spt-flow/tunnel/types';

export type HeadOf<M extends RequestMethod> = Extract<RequestHead, { method: M }>;

export interface AgentRequest<M extends RequestMethod> {
  readonly head: HeadOf<M>;
  readonly stream: TunnelStream;
  /** Answers yes; bytes may follow. Throwing an AgentError before answers no. */
  accept(data?: unknown): void;
}

export type Handler<M extends RequestMethod> = (request: AgentRequest<M>) => Promise<void>;

/** One handler for every method of the protocol: a missing one does not compile. */
export type Handlers = { readonly [M in RequestMethod]: Handler<M> };
