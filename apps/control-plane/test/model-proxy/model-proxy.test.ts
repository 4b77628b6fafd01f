import Anthropic from '@anthropic-ai/sdk';
import { modelTokens } from '@spt-flow/db/schema';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { API_KEY, startMessagesServer, type MessagesServer } from '../chat/messages-server.ts';
import { messageStart, textBlock, textReply } from '../chat/sse.ts';
import { useLifecycle } from '../workspaces/lifecycle.ts';
import { issuedTokens, MODEL, openProxy, question, usedRows, VERSION } from './proxy-stage.ts';

const TRACES = { host: 'https://langfuse.example', publicKey: 'pk', secretKey: 'sk' };

/** A real agent in a real workspace; its loopback is this machine's, so that tools can run in the test itself. */
describe('a tool in a workspace', () => {
  const context = useLifecycle();
  let claude: MessagesServer;
  let proxy: ReturnType<typeof openProxy>;

  beforeAll(async () => {
    claude = await startMessagesServer();
  });
  afterAll(() => claude.close());
  beforeEach(() => {
    const { here } = context.server.agentsServer.agents;
    proxy = openProxy(context.database.db, here, { url: claude.url, traces: TRACES });
    return () => proxy.close();
  });

  /** What the shell of a workspace knows. */
  async function environmentOf(id: string): Promise<Record<string, string>> {
    return vi.waitFor(async () => {
      const { stdout } = await context.exec(id, 'env');
      const lines = stdout.split('\n').map((line) => line.split(/=(.*)/s));
      const found = Object.fromEntries(lines.map(([name = '', value = '']) => [name, value]));
      expect(found).toHaveProperty('ANTHROPIC_BASE_URL');
      return found;
    });
  }

  function clientOf({ ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN }: Record<string, string>) {
    return new Anthropic({
      ...{ baseURL: ANTHROPIC_BASE_URL, authToken: ANTHROPIC_AUTH_TOKEN, apiKey: null },
      ...{ maxRetries: 0, logLevel: 'off' },
    });
  }

  function post(environment: Record<string, string>, init: RequestInit & { key?: string } = {}) {
    const { key = environment['ANTHROPIC_AUTH_TOKEN'], ...others } = init;
    return fetch(`${environment['ANTHROPIC_BASE_URL']}/v1/messages`, {
      method: 'POST',
      headers: { ...VERSION, authorization: `Bearer ${key}` },
      body: JSON.stringify(question()),
      ...others,
    });
  }

  it('finds its model in the environment, gets every byte, and never the key', async () => {
    const id = await context.running();
    const environment = await environmentOf(id);
    const reply = textReply('Grüße 👋');
    claude.script({ body: reply, chunkBytes: 3 }, { body: textReply('Again') });

    const response = await post(environment);
    const text = await clientOf(environment)
      .messages.stream({
        ...{ model: MODEL, max_tokens: 1024 },
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      })
      .finalText();

    expect(await response.text()).toBe(reply);
    expect(response.headers.get('request-id')).toBe('req_scripted');
    expect(text).toBe('Again');
    expect(environment).toMatchObject({ ANTHROPIC_MODEL: MODEL, LANGFUSE_HOST: TRACES.host });
    expect(claude.headers.at(-1)).toMatchObject({ 'x-api-key': API_KEY });
    await vi.waitFor(async () =>
      expect(await usedRows(context.database.db)).toMatchObject([{ workspaceId: id, requests: 2 }]),
    );
    const [token] = await context.database.db.select().from(modelTokens);
    expect(token?.workspaceId).toBe(id);
    expect(await issuedTokens(context.database.db)).toHaveLength(1);
    const kept = await context.exec(
      id,
      `grep -rlE 'sptf_model_|${API_KEY}' /workspace /home/dev /run/spt-flow /tmp /proc/[0-9]*/environ 2>/dev/null`,
    );
    expect(kept.stdout).toBe('');
    const told = [response.headers, await context.server.logTexts(id), environment];
    expect(JSON.stringify(told)).not.toContain(API_KEY);
    expect(proxy.errors).toEqual([]);
  });

  it('hears what the service says when it is overloaded, and what its own key gets', async () => {
    const environment = await environmentOf(await context.running());
    const overloaded = {
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
    };
    const headers = { 'retry-after': '7' };
    claude.script({ status: 529, headers, body: JSON.stringify(overloaded) });

    const busy = await post(environment);
    const own = await post(environment, {
      headers: {
        ...VERSION,
        'x-api-key': 'own',
        authorization: `Bearer ${environment['ANTHROPIC_AUTH_TOKEN']}`,
      },
    });
    const neighbour = await post(environment, { headers: VERSION });

    expect({ status: busy.status, after: busy.headers.get('retry-after') }).toEqual({
      ...{ status: 529, after: '7' },
    });
    expect(await busy.json()).toEqual(overloaded);
    expect({ status: own.status, body: await own.json() }).toMatchObject({
      ...{ status: 401, body: { error: { message: 'wrong x-api-key' } } },
    });
    expect(claude.headers.at(-1)?.['x-api-key']).toBe('own');
    expect(neighbour.status).toBe(401);
    expect(await usedRows(context.database.db)).toEqual([]);
  });

  it('that goes away ends the request at the service', async () => {
    const environment = await environmentOf(await context.running());
    claude.script({ body: messageStart() + textBlock(0, 'Hello'), hang: true });
    const gone = new AbortController();

    const response = await post(environment, { signal: gone.signal });
    await response.body?.getReader().read();
    gone.abort();

    await claude.abandoned;
    await vi.waitFor(async () =>
      expect(await usedRows(context.database.db)).toMatchObject([{ inputTokens: 25 }]),
    );
  });

  it('goes on with the same address and key after the connection was lost', async () => {
    const id = await context.running();
    const environment = await environmentOf(id);
    claude.script({ body: textReply('Before') }, { body: textReply('After') });
    await (await post(environment)).text();

    context.server.agentsServer.agents.here.disconnect(id, 'test');
    const after = await vi.waitFor(async () => {
      const response = await post(environment);
      expect(response.status).toBe(200);
      return response.text();
    }, 20_000);

    expect(after).toContain('After');
  });
});
