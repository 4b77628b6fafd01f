import { randomBytes, randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod/mini';
import {
  MAX_WAITING_MODEL_REQUESTS,
  type ModelRequest,
  type ModelsStarted,
} from '@spt-flow/shared/agent-protocol/models';
import type { HeadOf, Handlers } from '../handlers/handler.ts';
import type { Environment } from '../runtime/spawn-group.ts';
import { readIfThere, writeDurably } from '../system/durable-file.ts';
import { AgentError } from '../system/errors.ts';
import { openRuntimeDirectory } from '../system/runtime-directory.ts';
import { carryRequest, type LocalExchange } from './carry-request.ts';
import { openModelDoor, portOf } from './model-door.ts';
import { modelVariables } from './model-environment.ts';
import { headersToPassOn } from './model-keys.ts';
import { createModelLine } from './model-line.ts';
import { sendRefusal } from './model-refusal.ts';

const TAKE_WITHIN_MS = 15_000;

/** What terminals that outlive the agent have in their environment. */
const DoorSchema = z.object({
  port: z.number(),
  key: z.string(),
  given: z.record(z.string(), z.string()),
});
type Door = z.infer<typeof DoorSchema>;

export interface ModelsDeps {
  readonly stateDirectory: string;
  /** What children inherit; all who start some have the same object. */
  readonly environment: Record<string, string>;
  keepAdded(variables: Environment): Promise<void>;
  readonly nowMs: () => number;
}

interface WaitingRequest extends LocalExchange {
  readonly head: ModelRequest;
}

export interface Models {
  readonly handlers: Pick<Handlers, 'models' | 'models.take'>;
  close(): void;
}

/**
 * createModels lets tools of the workspace reach models through the control plane. They show a key that is good here
 * alone; the agent shows a token of the control plane in its place, which is in no environment and no file.
 */
export function createModels(deps: ModelsDeps): Models {
  const line = createModelLine(deps.nowMs);
  const waiting = new Map<string, WaitingRequest>();
  let server: Server | undefined;
  let opening: Promise<Door> | undefined;

  async function open(): Promise<Door> {
    const path = await doorPath(deps);
    const known = await readDoor(path);
    const key = known?.key ?? `local_${randomBytes(24).toString('base64url')}`;
    server = await openModelDoor(known?.port ?? 0, (exchange) => {
      serve(exchange, key).catch(() => exchange.response.destroy());
    });
    return { key, port: portOf(server), given: known?.given ?? {} };
  }

  async function give(opened: Door, offered: HeadOf<'models'>): Promise<void> {
    const { environment } = deps;
    const given = modelVariables({ offered, address: opened, environment, given: opened.given });
    await deps.keepAdded(given);
    Object.assign(environment, given);
    await writeDurably(await doorPath(deps), JSON.stringify({ ...opened, given }));
    opening = Promise.resolve({ ...opened, given });
  }

  async function serve({ request, response }: LocalExchange, key: string): Promise<void> {
    const headers = headersToPassOn(request.headers, key);
    if (!headers) return sendRefusal(response, NO_KEY);
    if (waiting.size >= MAX_WAITING_MODEL_REQUESTS) return sendRefusal(response, TOO_MANY);
    const token = await line.token();
    if (!token.ok) return sendRefusal(response, token);
    const { method: httpMethod = '', url: path = '' } = request;
    announce({ request, response, head: { token: token.token, httpMethod, path, headers } });
  }

  function announce(exchange: WaitingRequest): void {
    const requestId = randomUUID();
    const giveUp = () => waiting.delete(requestId) && sendRefusal(exchange.response, NOT_TAKEN);
    const timer = setTimeout(giveUp, TAKE_WITHIN_MS);
    exchange.response.once('close', () => {
      clearTimeout(timer);
      waiting.delete(requestId);
    });
    waiting.set(requestId, exchange);
    if (!line.tell({ type: 'request', requestId })) giveUp();
  }

  return {
    handlers: {
      async models({ head, stream, accept }) {
        opening ??= open();
        const opened = await opening.catch((error: unknown) => {
          opening = undefined;
          throw error;
        });
        await give(opened, head);
        line.use(stream);
        for (const requestId of waiting.keys()) line.tell({ type: 'request', requestId });
        accept({ port: opened.port } satisfies ModelsStarted);
      },

      async 'models.take'({ head: { requestId }, stream, accept }) {
        const exchange = waiting.get(requestId);
        if (!exchange) throw new AgentError('not_found', 'The request is gone');
        waiting.delete(requestId);
        accept(exchange.head satisfies ModelRequest);
        await carryRequest(exchange, stream, ({ status, headers }) => {
          // Only the control plane's own refusals say so.
          if (status === 401 && headers['x-spt-flow-code'] !== undefined) line.forgetToken();
        });
      },
    },
    close() {
      server?.close();
      server?.closeAllConnections();
    },
  };
}

const NO_KEY = {
  status: 401,
  code: 'not_authenticated',
  message: 'Show the key that is in the environment of this workspace',
};
const TOO_MANY = { status: 429, code: 'rate_limited', message: 'Too many requests wait already' };
const NOT_TAKEN = { status: 503, code: 'agent_offline', message: 'spt-flow did not answer' };

async function doorPath({ stateDirectory, environment }: ModelsDeps): Promise<string> {
  return join(await openRuntimeDirectory(stateDirectory, environment), 'models.json');
}

async function readDoor(path: string): Promise<Door | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : DoorSchema.parse(JSON.parse(text));
}
