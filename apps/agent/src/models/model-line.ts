import {
  MAX_MODEL_LINE,
  ModelTokenSchema,
  type ModelNotice,
  type ModelToken,
} from '@spt-flow/shared/agent-protocol/models';
import { createLineReader } from '@spt-flow/tunnel/line-reader';
import type { TunnelStream } from '@spt-flow/tunnel/types';

const ANSWER_LIMIT_MS = 15_000;
/** Of its life: then another takes its place, so that a token never ends while a tool is about to use it. */
const RENEW_SHARE = 0.6;

const AWAY: ModelToken = {
  ok: false,
  status: 503,
  code: 'agent_offline',
  message: 'The workspace is not connected to spt-flow right now',
};

/** ModelLine is what the control plane and the agent tell each other about models. */
export interface ModelLine {
  /** Takes the place of the one before. */
  use(stream: TunnelStream): void;
  /** The current token, from this memory as long as it is good. */
  token(): Promise<ModelToken>;
  /** It was refused: the next request asks for another. */
  forgetToken(): void;
  /** False: there is nobody to tell. */
  tell(notice: ModelNotice): boolean;
}

export function createModelLine(nowMs: () => number): ModelLine {
  let current: TunnelStream | undefined;
  let held: { readonly token: ModelToken; readonly renewAtMs: number } | undefined;
  let asked: Promise<ModelToken> | undefined;
  let answer: (token: ModelToken) => void = () => undefined;

  function tell(notice: ModelNotice): boolean {
    if (!current) return false;
    current.write(`${JSON.stringify(notice)}\n`);
    return true;
  }

  function ask(): Promise<ModelToken> {
    if (!tell({ type: 'token' })) return Promise.resolve(AWAY);
    return new Promise((resolve) => {
      const timer = setTimeout(() => answer(AWAY), ANSWER_LIMIT_MS);
      answer = (token) => {
        clearTimeout(timer);
        answer = () => undefined;
        resolve(token);
      };
    });
  }

  function take(line: string): void {
    const token = ModelTokenSchema.parse(JSON.parse(line));
    if (token.ok)
      held = { token, renewAtMs: nowMs() + token.lifetimeSeconds * 1_000 * RENEW_SHARE };
    answer(token);
  }

  return {
    use(stream) {
      current?.end();
      current = stream;
      // Tokens end with the connection over which they came, and so do questions.
      held = undefined;
      if (asked) tell({ type: 'token' });
      const read = createLineReader(MAX_MODEL_LINE);
      stream.on('data', (chunk: Buffer) => {
        try {
          for (const line of read(chunk)) take(line);
        } catch {
          stream.reset('bad_request', 'The answers are not of the protocol');
        }
      });
      stream.once('close', () => {
        if (current !== stream) return;
        current = undefined;
        answer(AWAY);
      });
    },
    async token() {
      if (held && nowMs() < held.renewAtMs) return held.token;
      asked ??= ask().finally(() => (asked = undefined));
      return asked;
    },
    forgetToken: () => void (held = undefined),
    tell,
  };
}
