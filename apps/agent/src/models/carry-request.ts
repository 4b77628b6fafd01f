import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  MAX_MODEL_LINE,
  ModelAnswerSchema,
  type ModelAnswer,
} from '@spt-flow/shared/agent-protocol/models';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { sendRefusal } from './model-refusal.ts';

const LOST = { status: 503, code: 'agent_offline', message: 'The connection to spt-flow was lost' };

export interface LocalExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** carryRequest takes a tool's request to the control plane and its answer back, each at the pace of the slower. */
export async function carryRequest(
  { request, response }: LocalExchange,
  stream: TunnelStream,
  onAnswer: (answer: ModelAnswer) => void,
): Promise<void> {
  response.once('close', () => {
    if (!response.writableFinished) stream.reset('cancelled');
  });
  stream.once('close', () => {
    if (stream.readableEnded) return;
    if (response.headersSent) response.destroy();
    else sendRefusal(response, LOST);
  });
  request.pipe(stream);
  const answer = await readAnswer(stream);
  onAnswer(answer);
  response.writeHead(answer.status, answer.headers);
  // Before the first byte of a stream, which may take long.
  response.flushHeaders();
  stream.pipe(response);
}

/** What follows the line stays in the stream. */
function readAnswer(stream: TunnelStream): Promise<ModelAnswer> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf('\n');
      if (end === -1 && read.length <= MAX_MODEL_LINE) return;
      stream.off('data', onData);
      stream.pause();
      const rest = read.subarray(end + 1);
      if (rest.length > 0) stream.unshift(rest);
      try {
        resolve(ModelAnswerSchema.parse(JSON.parse(read.toString('utf8', 0, end))));
      } catch (error) {
        reject(new Error('The answer is not of the protocol', { cause: error }));
      }
    };
    stream.on('data', onData);
    stream.once('close', () => reject(new Error('The connection was lost')));
  });
}
