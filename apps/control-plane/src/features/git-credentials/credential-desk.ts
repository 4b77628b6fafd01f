import {
  GitCredentialQuestionSchema,
  MAX_CREDENTIAL_LINE,
  MAX_WAITING_QUESTIONS,
} from '@spt-flow/shared/agent-protocol/git-credentials';
import { AppError } from '@spt-flow/shared/domain/errors';
import { answerLines, writeLine } from '../../lib/answer-lines.ts';
import type { AgentHub, AgentSession } from '../agents/index.ts';
import type { AnswerGit } from './answer-git.ts';

export interface CredentialDeskDeps {
  readonly hub: Pick<AgentHub, 'request' | 'onPresence'>;
  readonly answer: AnswerGit;
  readonly onError: (error: unknown, workspaceId: string) => void;
}

/** openCredentialDesk listens to what git asks in every workspace whose agent connects; returns what ends it. */
export function openCredentialDesk(deps: CredentialDeskDeps): () => void {
  return deps.hub.onPresence(({ session, online }) => {
    if (!online) return;
    serve(deps, session).catch((error: unknown) => {
      // An older agent does not ask; one that is gone asks again when it is back.
      const isNormal =
        error instanceof AppError &&
        ['not_implemented_by_agent', 'agent_offline'].includes(error.code);
      if (!isNormal) deps.onError(error, session.workspaceId);
    });
  });
}

async function serve(deps: CredentialDeskDeps, session: AgentSession): Promise<void> {
  const { workspaceId } = session;
  const { stream } = await deps.hub.request(workspaceId, { method: 'git-credentials' });
  answerLines(stream, {
    maxCharacters: MAX_CREDENTIAL_LINE,
    maxWaiting: MAX_WAITING_QUESTIONS,
    parse: (document) => GitCredentialQuestionSchema.parse(document),
    onError: (error) => deps.onError(error, workspaceId),
    async answer(question) {
      const { id } = question;
      const answered = await deps.answer(session, question).catch(async (error: unknown) => {
        await writeLine(stream, { id, reason: 'The control plane could not look for a token' });
        throw error;
      });
      await writeLine(stream, answered);
    },
  });
}
