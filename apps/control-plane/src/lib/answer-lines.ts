import type { Duplex, Writable } from 'node:stream';
import { createLineReader } from '@spt-flow/tunnel/line-reader';

export interface AnswerLines<Question> {
  readonly maxCharacters: number;
  /** Questions that may wait for their answer. */
  readonly maxWaiting: number;
  readonly parse: (document: unknown) => Question;
  /** Resolves when the question does not count any more. */
  readonly answer: (question: Question) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/**
 * answerLines hears what a workspace asks on a stream, a document each line. Who asks too much at once, or what is not
 * of the protocol, loses the stream.
 */
export function answerLines<Question>(
  stream: Duplex & { reset(code: string, message: string): void },
  { maxCharacters, maxWaiting, parse, answer, onError }: AnswerLines<Question>,
): void {
  const read = createLineReader(maxCharacters);
  let waiting = 0;
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    try {
      for (const line of read(chunk)) {
        if (waiting >= maxWaiting) throw new Error('The agent asks too much at once');
        const question = parse(JSON.parse(line));
        waiting += 1;
        answer(question)
          .catch(onError)
          .finally(() => (waiting -= 1));
      }
    } catch (error) {
      stream.reset('bad_request', 'The questions are not of the protocol');
      onError(error);
    }
  });
}

/** writeLine resolves once the other end has made room, or is gone: what it does not read must not pile up here. */
export function writeLine(stream: Writable, document: unknown): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write(`${JSON.stringify(document)}\n`, () => resolve());
  });
}
