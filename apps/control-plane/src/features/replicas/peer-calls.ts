import * as z from 'zod';
import { AppError, ERRORS, type ErrorCode } from '@spt-flow/shared/domain/errors';
import { TunnelError, type TunnelStream } from '@spt-flow/tunnel/types';

/** What all heads of streams between replicas have: which part of the other one is asked. */
const HeadSchema = z.looseObject({ to: z.string().max(64) });

const ErrorCodeSchema = z.custom<ErrorCode>(
  (value) => typeof value === 'string' && Object.hasOwn(ERRORS, value),
);
const AnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), data: z.unknown().optional() }),
  z.object({ ok: z.literal(false), code: ErrorCodeSchema, message: z.string() }),
]);

export type ServePeer = (stream: TunnelStream, head: unknown) => void;

/** createPeerDesk hands streams of other replicas to the parts that they are for; there are no others. */
export function createPeerDesk() {
  const parts = new Map<string, ServePeer>();
  return {
    serve: (to: string, part: ServePeer): void => void parts.set(to, part),

    take(stream: TunnelStream): void {
      const head = HeadSchema.safeParse(stream.head);
      const part = head.success && parts.get(head.data.to);
      if (!part) return stream.reset('unimplemented');
      part(stream, head.data);
    },
  };
}

/** answerWith makes a part of a function: what it returns is the answer, an AppError reaches whoever asked. */
export function answerWith<Head>(
  schema: z.ZodType<Head>,
  work: (head: Head) => Promise<unknown>,
): ServePeer {
  return (stream, value) => {
    const head = schema.safeParse(value);
    if (!head.success) return stream.reset('bad_request');
    stream.resume();
    void answerTo(stream, () => work(head.data));
  };
}

async function answerTo(stream: TunnelStream, work: () => Promise<unknown>): Promise<void> {
  const answer = await work().then(
    (data) => ({ ok: true, data }),
    (error: unknown) => {
      const { code, message } = error instanceof AppError ? error : new AppError('internal');
      return { ok: false, code, message };
    },
  );
  if (stream.destroyed) return;
  stream.respond(answer);
  stream.end();
}

/** resultOf awaits the answer; it rejects with TunnelError where the other replica went meanwhile. */
export async function resultOf(stream: TunnelStream, signal?: AbortSignal): Promise<unknown> {
  const abort = () => stream.reset('cancelled');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    stream.end();
    const answer = AnswerSchema.safeParse(await stream.response);
    if (!answer.success) throw new TunnelError('bad_answer');
    if (answer.data.ok) return answer.data.data;
    throw new AppError(answer.data.code, answer.data.message);
  } finally {
    signal?.removeEventListener('abort', abort);
    stream.resume();
  }
}
