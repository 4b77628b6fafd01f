import { afterEach, beforeEach } from 'vitest';
import { createClaudeProvider } from '../../src/features/chat/providers/claude/claude-provider.ts';
import type {
  ModelEvent,
  ModelMessage,
  ModelRequest,
} from '../../src/features/chat/providers/model-provider.ts';
import { TOOL_DEFINITIONS } from '../../src/features/chat/tools/toolbox.ts';
import { API_KEY, startMessagesServer, type MessagesServer } from './messages-server.ts';

export const MODEL = 'claude-sonnet-5-5';
export const HELLO: ModelMessage = {
  role: 'user',
  parts: [{ type: 'text', text: 'a guestbook' }],
};

export interface ClaudeClient {
  readonly server: MessagesServer;
  /** Everything that the provider makes of the server's next answer. */
  collect(request?: ModelRequest, signal?: AbortSignal, model?: string): Promise<ModelEvent[]>;
}

/** useClaude has the provider talk to a server of its own in each test of the file. */
export function useClaude(): ClaudeClient {
  let server: MessagesServer;
  beforeEach(async () => {
    server = await startMessagesServer();
  });
  afterEach(() => server.close());
  return {
    get server() {
      return server;
    },
    collect(request = requestOf([HELLO]), signal = new AbortController().signal, model = MODEL) {
      const provider = createClaudeProvider({ apiKey: API_KEY, model, baseUrl: server.url });
      return collectEvents(provider.stream(request, signal));
    },
  };
}

export function requestOf(messages: readonly ModelMessage[]): ModelRequest {
  return {
    system: ['You build apps.', 'The project is empty.'],
    messages,
    tools: TOOL_DEFINITIONS,
    maxOutputTokens: 32_000,
  };
}

export async function collectEvents(events: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> {
  const all: ModelEvent[] = [];
  for await (const each of events) all.push(each);
  return all;
}
