import {
  MAX_MODEL_LINE,
  MAX_WAITING_MODEL_REQUESTS,
  ModelNoticeSchema,
  type ModelNotice,
} from '@spt-flow/shared/agent-protocol/models';
import type { RequestHead } from '@spt-flow/shared/agent-protocol/requests';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { answerLines, writeLine } from '../../lib/answer-lines.ts';
import type { AgentHub, AgentSession } from '../agents/index.ts';
import type { ModelAccess } from './model-access.ts';
import { takeRequest, type TakenRequest } from './taken-request.ts';

/** Of the workspace, or of its connection; the agent offers again what it still wants. */
const USUAL = new Set([
  'not_implemented_by_agent',
  'agent_offline',
  'workspace_stopped',
  'not_found',
]);

export interface ModelDeskDeps {
  readonly hub: Pick<AgentHub, 'request' | 'onPresence' | 'sessionOf'>;
  readonly access: ModelAccess;
  readonly offer: Omit<Extract<RequestHead, { method: 'models' }>, 'method'>;
  readonly serve: (session: AgentSession, taken: TakenRequest) => Promise<void>;
  readonly onError: (error: unknown, workspaceId: string) => void;
}

export interface ModelDesk {
  /** Offers models to a workspace that became ready and has not heard of them. */
  offerTo(workspaceId: string): Promise<void>;
  /** Ends what is on its way, and counts it. */
  close(): Promise<void>;
}

/** openModelDesk offers models to every workspace whose agent connects here, and serves what its tools ask. */
export function openModelDesk(deps: ModelDeskDeps): ModelDesk {
  const { hub, access, onError } = deps;
  const open = new Map<string, TunnelStream>();
  const serving = new Map<TunnelStream, Promise<void>>();

  async function offer(session: AgentSession): Promise<void> {
    const { workspaceId, sessionId } = session;
    if (!(await access.isOffered(workspaceId))) return;
    const { stream } = await hub.request(workspaceId, { method: 'models', ...deps.offer });
    open.set(sessionId, stream);
    stream.once('close', () => open.delete(sessionId));
    follow({ ...deps, serve, session, stream });
  }

  async function serve(session: AgentSession, taken: TakenRequest): Promise<void> {
    const served = deps.serve(session, taken);
    serving.set(taken.stream, served);
    await served.finally(() => serving.delete(taken.stream));
  }

  function tryOffer(session: AgentSession): Promise<void> {
    return offer(session).catch((error: unknown) => report(error, session.workspaceId));
  }

  function report(error: unknown, workspaceId: string): void {
    if (!(error instanceof AppError && USUAL.has(error.code))) onError(error, workspaceId);
  }

  const stopListening = hub.onPresence(({ session, online }) => {
    if (online) return void tryOffer(session);
    access.revoke(session).catch((error: unknown) => onError(error, session.workspaceId));
  });

  return {
    async offerTo(workspaceId) {
      const session = hub.sessionOf(workspaceId);
      if (session && !open.has(session.sessionId)) await tryOffer(session);
    },
    async close() {
      stopListening();
      for (const stream of [...open.values(), ...serving.keys()]) stream.reset('cancelled');
      await Promise.allSettled(serving.values());
    },
  };
}

interface Following extends ModelDeskDeps {
  readonly session: AgentSession;
  readonly stream: TunnelStream;
}

function follow({ session, stream, ...deps }: Following): void {
  const { workspaceId } = session;

  function report(error: unknown): void {
    // A tool that went away meanwhile is nobody's fault.
    if (!(error instanceof AppError && USUAL.has(error.code))) deps.onError(error, workspaceId);
  }

  answerLines<ModelNotice>(stream, {
    maxCharacters: MAX_MODEL_LINE,
    maxWaiting: MAX_WAITING_MODEL_REQUESTS,
    parse: (document) => ModelNoticeSchema.parse(document),
    onError: report,
    async answer(notice) {
      if (notice.type === 'token') return writeLine(stream, await deps.access.issue(session));
      const { requestId } = notice;
      const answer = await deps.hub.request(workspaceId, { method: 'models.take', requestId });
      // Once it is taken, other limits hold.
      deps.serve(session, takeRequest(answer)).catch(report);
    },
  });
}
