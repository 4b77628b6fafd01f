import {
  GitCredentialQuestionSchema,
  MAX_CREDENTIAL_LINE,
  MAX_WAITING_QUESTIONS,
} from '@spt-flow/shared/agent-protocol/git-credentials';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createLineReader } from '@spt-flow/tunnel/line-reader';
import type { TunnelStream } from '@spt-flow/tunnel/types';
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
  const read = createLineReader(MAX_CREDENTIAL_LINE);
  let waiting = 0;
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    try {
      for (const line of read(chunk)) {
        waiting += 1;
        if (waiting > MAX_WAITING_QUESTIONS) throw new Error('The agent asks too much at once');
        reply(deps, { session, stream, line })
          .catch((error: unknown) => deps.onError(error, workspaceId))
          .finally(() => (waiting -= 1));
      }
    } catch (error) {
      stream.reset('bad_request', 'The questions are not of the protocol');
      deps.onError(error, workspaceId);
    }
  });
}

interface Asked {
  readonly session: AgentSession;
  readonly stream: TunnelStream;
  readonly line: string;
}

async function reply({ answer }: CredentialDeskDeps, { session, stream, line }: Asked) {
  const question = GitCredentialQuestionSchema.parse(JSON.parse(line));
  const answered = await answer(session, question).catch((error: unknown) => {
    tell({ id: question.id, reason: 'The control plane could not look for a token' });
    throw error;
  });
  tell(answered);

  function tell(value: Awaited<ReturnType<AnswerGit>>): void {
    if (!stream.destroyed) stream.write(`${JSON.stringify(value)}\n`);
  }
}
