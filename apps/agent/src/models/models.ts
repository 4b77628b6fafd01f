import type { ModelRequest, ModelsStarted } from '@spt-flow/shared/agent-protocol/models';
import type { Handlers } from '../handlers/handler.ts';
import { AgentError } from '../system/errors.ts';
import { carryRequest, type LocalExchange } from './carry-request.ts';
import { createModelEntrance, type ModelEntranceDeps } from './model-entrance.ts';
import { headersToPassOn } from './model-keys.ts';
import { createModelLine } from './model-line.ts';
import { sendRefusal } from './model-refusal.ts';
import { createWaitingRequests } from './waiting-requests.ts';

const NO_KEY = {
  status: 401,
  code: 'not_authenticated',
  message: 'Show the key that is in the environment of this workspace',
};

export interface ModelsDeps extends ModelEntranceDeps {
  readonly nowMs: () => number;
}

export interface Models {
  readonly handlers: Pick<Handlers, 'models' | 'models.take'>;
  readonly refresh: () => void;
  close(): void;
}

/**
 * createModels lets tools of the workspace reach models through the control plane. They show a key that is good here
 * alone; the agent shows a token of the control plane in its place, which is in no environment and no file.
 */
export function createModels(deps: ModelsDeps): Models {
  const line = createModelLine(deps.nowMs);
  const waiting = createWaitingRequests(line.tell);
  const entrance = createModelEntrance(deps, (exchange, key) => {
    serve(exchange, key).catch(() => exchange.response.destroy());
  });

  async function serve({ request, response }: LocalExchange, key: string): Promise<void> {
    const headers = headersToPassOn(request.headers, key);
    if (!headers) return sendRefusal(response, NO_KEY);
    const token = await line.token();
    if (!token.ok) return sendRefusal(response, token);
    const { method: httpMethod = '', url: path = '' } = request;
    waiting.add({ request, response, head: { httpMethod, path, headers } });
  }

  return {
    handlers: {
      async models({ head, stream, accept }) {
        const port = await entrance.open(head);
        accept({ port } satisfies ModelsStarted);
        line.use(stream);
        waiting.tellAgain();
      },

      async 'models.take'({ head: { requestId }, stream, accept }) {
        const exchange = waiting.take(requestId);
        if (!exchange) throw new AgentError('not_found', 'The request is gone');
        // Not the one from before it waited: the connection may be another by now.
        const token = await line.token();
        if (!token.ok) {
          sendRefusal(exchange.response, token);
          throw new AgentError('not_found', 'The request is gone');
        }
        accept({ ...exchange.head, token: token.token } satisfies ModelRequest);
        await carryRequest(exchange, stream, ({ status, headers }) => {
          // Only the control plane's own refusals say so.
          if (status === 401 && headers['x-spt-flow-code'] !== undefined) line.forgetToken();
        });
      },
    },
    refresh: entrance.refresh,
    close: entrance.close,
  };
}
