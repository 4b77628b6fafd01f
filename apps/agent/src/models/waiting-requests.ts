import { randomUUID } from 'node:crypto';
import {
  MAX_WAITING_MODEL_REQUESTS,
  type ModelNotice,
  type ModelRequest,
} from '@spt-flow/shared/agent-protocol/models';
import type { LocalExchange } from './carry-request.ts';
import { sendRefusal } from './model-refusal.ts';

const TAKE_WITHIN_MS = 15_000;
const TOO_MANY = { status: 429, code: 'rate_limited', message: 'Too many requests wait already' };
const NOT_TAKEN = { status: 503, code: 'agent_offline', message: 'spt-flow did not answer' };

export interface WaitingRequest extends LocalExchange {
  readonly head: Omit<ModelRequest, 'token'>;
}

/** createWaitingRequests keeps requests until the control plane takes them, for a while. */
export function createWaitingRequests(tell: (notice: ModelNotice) => boolean) {
  const waiting = new Map<string, WaitingRequest>();

  return {
    add(exchange: WaitingRequest): void {
      const { response } = exchange;
      if (waiting.size >= MAX_WAITING_MODEL_REQUESTS) return sendRefusal(response, TOO_MANY);
      const requestId = randomUUID();
      const giveUp = () => waiting.delete(requestId) && sendRefusal(response, NOT_TAKEN);
      const timer = setTimeout(giveUp, TAKE_WITHIN_MS);
      response.once('close', () => {
        clearTimeout(timer);
        waiting.delete(requestId);
      });
      waiting.set(requestId, exchange);
      if (!tell({ type: 'request', requestId })) giveUp();
    },

    take(requestId: string): WaitingRequest | undefined {
      const exchange = waiting.get(requestId);
      waiting.delete(requestId);
      return exchange;
    },

    /** To who takes the place of the one that was told. */
    tellAgain(): void {
      for (const requestId of waiting.keys()) tell({ type: 'request', requestId });
    },
  };
}
