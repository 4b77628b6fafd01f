import type { ModelApi } from '@spt-flow/shared/agent-protocol/models';
import { AppError } from '@spt-flow/shared/domain/errors';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { AgentSession } from '../agents/index.ts';
import type { AccessWorkspace } from './access-repository.ts';
import { apiOf, askedFor } from './asked-for.ts';
import type { ModelAccess } from './model-access.ts';
import type { ModelList } from './model-list.ts';
import type { ModelService, ModelServices } from './model-services.ts';
import type { createOpenRequests, OpenRequest } from './open-requests.ts';
import type { PassOn } from './pass-on.ts';
import { ownKeyOf } from './passed-headers.ts';
import { toRefusal } from './refusal.ts';
import { parseBody } from './request-body.ts';
import { answerWith, readBody, type TakenRequest } from './taken-request.ts';

export interface ServeRequestDeps {
  readonly access: ModelAccess;
  readonly services: ModelServices;
  readonly models: ModelList;
  readonly openRequest: ReturnType<typeof createOpenRequests>;
  readonly passOn: PassOn;
  readonly onError: (error: unknown, workspaceId: string) => void;
}

/** createServeRequest answers one request of a tool in a workspace; what goes wrong is told as the services tell it. */
export function createServeRequest(deps: ServeRequestDeps) {
  const { access, openRequest, onError } = deps;

  async function serve(session: AgentSession, taken: TakenRequest): Promise<void> {
    const workspace = await access.check(session, taken.head.token);
    const open = openRequest(workspace.id);
    try {
      await answer({ workspace, taken, open });
    } finally {
      open.close();
    }
  }

  async function answer({ workspace, taken, open }: Serving): Promise<void> {
    const { head, stream } = taken;
    const asked = askedFor(head);
    if (!asked) throw new AppError('not_found', `There is no ${head.httpMethod} ${plain(head)}`);
    const service = serviceFor(asked.api);
    const keyHeaders = ownKeyOf(head.headers);
    if (asked.kind === 'list' && !keyHeaders) {
      const listed = await deps.models.answer(service);
      return answerWith(stream, listed.answer, listed.body);
    }
    assertSize(head.headers, open);
    const raw = await readBody(stream, open);
    const passing = { service, taken, raw, workspace };
    if (keyHeaders) return deps.passOn.asTheirs({ ...passing, keyHeaders });
    if (asked.kind === 'describe') return deps.passOn.unmetered(passing);
    const body = parseBody(raw);
    await deps.models.assertOffered(service, body.model);
    if (asked.kind === 'count') return deps.passOn.unmetered(passing);
    return deps.passOn.metered({ ...passing, body });
  }

  function serviceFor(api: ModelApi): ModelService {
    const service = deps.services.get(api);
    if (service) return service;
    throw new AppError('models_not_configured', NOT_CONFIGURED[api]);
  }

  return async (session: AgentSession, taken: TakenRequest): Promise<void> => {
    const correlationId = newCorrelationId();
    try {
      await serve(session, taken);
    } catch (error) {
      if (taken.signal.aborted) return;
      const known = error instanceof AppError ? error : new AppError('internal');
      if (known.family === 'internal') onError(error, session.workspaceId);
      const retryAfterSeconds = known.status === 429 ? RETRY_SECONDS : undefined;
      const { answer: told, body } = toRefusal(apiFor(taken), known, {
        ...{ correlationId, retryAfterSeconds },
      });
      answerWith(taken.stream, told, body);
    }
  };
}

interface Serving {
  readonly workspace: AccessWorkspace;
  readonly taken: TakenRequest;
  readonly open: OpenRequest;
}

const RETRY_SECONDS = 15;

const NOT_CONFIGURED: Readonly<Record<ModelApi, string>> = {
  anthropic: 'Claude is not set up for the tools in workspaces',
  openai: 'No service with the chat completions API is set up for the tools in workspaces',
};

function apiFor({ head }: TakenRequest): ModelApi {
  return askedFor(head)?.api ?? apiOf(head.headers);
}

function plain({ path }: TakenRequest['head']): string {
  return path.split('?')[0]?.slice(0, 100) ?? '';
}

/** What says that it is too large need not be read to know it. */
function assertSize(headers: TakenRequest['head']['headers'], open: OpenRequest): void {
  const length = Number(headers['content-length'] ?? 0);
  if (!(length > 0)) return;
  open.add(length);
  open.add(-length);
}
