import {
  ModelRequestSchema,
  type ModelAnswer,
  type ModelRequest,
} from '@spt-flow/shared/agent-protocol/models';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import type { AgentAnswer } from '../agents/index.ts';
import type { OpenRequest } from './open-requests.ts';

/** What is read and thrown away, so that who sends it may finish and read why. */
const MAX_DRAINED_BYTES = 256 * 1024 * 1024;

/** TakenRequest is a tool's request, and the way of its answer. */
export interface TakenRequest {
  readonly head: ModelRequest;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly stream: TunnelStream;
}

export function takeRequest({ stream, data }: AgentAnswer): TakenRequest {
  const gone = new AbortController();
  stream.on('error', () => undefined);
  stream.once('close', () => gone.abort());
  const head = ModelRequestSchema.safeParse(data);
  if (head.success) return { head: head.data, signal: gone.signal, stream };
  stream.reset('bad_request', 'The request is not of the protocol');
  throw head.error;
}

/** readBody reads all of it; AppError as soon as it is too large. */
export async function readBody(stream: TunnelStream, open: OpenRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // It does not end the way of the answer when it fails.
  const body: AsyncIterable<Buffer> = stream.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    open.add(chunk.length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** beginAnswer writes the head; the body is to follow. */
export function beginAnswer(stream: TunnelStream, answer: ModelAnswer): void {
  stream.write(`${JSON.stringify(answer)}\n`);
}

/** answerWith answers at once, whatever of the request is still to come. */
export function answerWith(stream: TunnelStream, answer: ModelAnswer, body: string): void {
  if (stream.destroyed || stream.writableEnded) return;
  let drained = 0;
  stream.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > MAX_DRAINED_BYTES) stream.reset('too_large');
  });
  stream.resume();
  beginAnswer(stream, answer);
  stream.end(body);
}
