import {
  GitCredentialAnswerSchema,
  MAX_CREDENTIAL_LINE,
  MAX_WAITING_QUESTIONS,
  type GitCredentialAnswer,
  type GitCredentialQuestion,
} from '@spt-flow/shared/agent-protocol/git-credentials';
import { createLineReader } from '@spt-flow/tunnel/line-reader';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import type { Handler } from '../handlers/handler.ts';

const ANSWER_LIMIT_MS = 15_000;

type Answer = Omit<GitCredentialAnswer, 'id'>;

/** Broker carries git's questions to the control plane and its answers back; it keeps none of them. */
export interface Broker {
  ask(question: Omit<GitCredentialQuestion, 'id'>): Promise<Answer>;
  readonly handler: Handler<'git-credentials'>;
}

export function createBroker(): Broker {
  const waiting = new Map<number, (answer: Answer) => void>();
  let current: TunnelStream | undefined;
  let lastId = 0;

  function giveUp(reason: string): void {
    for (const answer of waiting.values()) answer({ reason });
  }

  function takeLine(line: string): void {
    const { id, ...answer } = GitCredentialAnswerSchema.parse(JSON.parse(line));
    waiting.get(id)?.(answer);
  }

  return {
    ask(question) {
      if (!current) return Promise.resolve({ reason: 'The workspace is not connected' });
      if (waiting.size >= MAX_WAITING_QUESTIONS)
        return Promise.resolve({ reason: 'Git asks too much at once' });
      const id = (lastId += 1);
      const stream = current;
      return new Promise((resolve) => {
        const answer = (value: Answer) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(value);
        };
        const timer = setTimeout(
          () => answer({ reason: 'The control plane does not answer' }),
          ANSWER_LIMIT_MS,
        );
        waiting.set(id, answer);
        stream.write(`${JSON.stringify({ id, ...question } satisfies GitCredentialQuestion)}\n`);
      });
    },

    async handler({ stream, accept }) {
      current?.end();
      giveUp('The connection was replaced');
      current = stream;
      accept();
      const read = createLineReader(MAX_CREDENTIAL_LINE);
      stream.on('data', (chunk: Buffer) => {
        try {
          for (const line of read(chunk)) takeLine(line);
        } catch {
          stream.reset('bad_request', 'The answers are not of the protocol');
        }
      });
      stream.once('close', () => {
        if (current !== stream) return;
        current = undefined;
        giveUp('The connection was lost');
      });
    },
  };
}
