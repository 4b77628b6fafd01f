import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createMessagePort, MAX_TEXT_LENGTH, type MessagePort } from './message-port.ts';

/** Exchanges JSON messages on a stream of the tunnel, a line each. */
export function createStreamPort(stream: Duplex): MessagePort {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const port = createMessagePort({
    sendText: (text) => stream.writable && stream.write(`${text}\n`),
    onText(handler) {
      stream.on('data', (chunk: Buffer) => {
        const lines = (rest + decoder.write(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) handler(line);
        if (rest.length > MAX_TEXT_LENGTH) handler(rest);
      });
    },
  });
  stream.once('close', () => port.closed('The stream ended'));
  stream.on('error', () => undefined);
  return port;
}
