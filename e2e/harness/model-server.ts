import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** What the product needs to ask this server, and nobody else. */
export interface ModelServer {
  readonly env: Readonly<Record<string, string>>;
  /** The next request, as soon as there is one. */
  next(): Promise<ModelReply>;
  close(): Promise<void>;
}

export interface ModelReply {
  /** The request's body. */
  readonly asked: string;
  say(words: string): void;
  call(name: string, input: Readonly<Record<string, unknown>>): void;
  end(): void;
}

/** startModelServer speaks the streaming Messages API and says what it is told, when it is told. */
export async function startModelServer(): Promise<ModelServer> {
  const waiting: ModelReply[] = [];
  let wake = (): void => undefined;
  const server = createServer((request, response) => {
    // What models there are is nobody's question here.
    if (request.method !== 'POST') return void response.writeHead(404).end();
    void text(request).then((asked) => {
      waiting.push(openReply(asked, response));
      wake();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('No port');
  return {
    env: {
      ANTHROPIC_API_KEY: 'key-for-the-scripted-model',
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${address.port}`,
    },
    async next() {
      for (;;) {
        const reply = waiting.shift();
        if (reply) return reply;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function openReply(asked: string, response: ServerResponse): ModelReply {
  let index = -1;
  let openText = false;
  let hasCalls = false;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, data: object): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  };
  const block = (content_block: object): void => {
    index += 1;
    send('content_block_start', { index, content_block });
  };
  const closeText = (): void => {
    if (openText) send('content_block_stop', { index });
    openText = false;
  };
  send('message_start', {
    message: {
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'scripted', content: [] },
      ...{ stop_reason: null, stop_sequence: null, usage: { input_tokens: 10, output_tokens: 1 } },
    },
  });
  return {
    asked,
    say(words) {
      if (!openText) block({ type: 'text', text: '' });
      openText = true;
      send('content_block_delta', { index, delta: { type: 'text_delta', text: words } });
    },
    call(name, input) {
      closeText();
      hasCalls = true;
      block({ type: 'tool_use', id: `toolu_${index + 1}`, name, input: {} });
      const partial_json = JSON.stringify(input);
      send('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } });
      send('content_block_stop', { index });
    },
    end() {
      closeText();
      const stop_reason = hasCalls ? 'tool_use' : 'end_turn';
      send('message_delta', {
        delta: { stop_reason, stop_sequence: null },
        usage: { output_tokens: 15 },
      });
      send('message_stop', {});
      response.end();
    },
  };
}
