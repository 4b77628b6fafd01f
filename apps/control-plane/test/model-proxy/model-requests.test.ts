import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { modelTokens, transitions, workspaces } from '@spt-flow/db/schema';
import type { Database } from '@spt-flow/db/client';
import { startCompletionsServer } from '../chat/completions-server.ts';
import { startMessagesServer, type MessagesServer } from '../chat/messages-server.ts';
import { messageEnd, messageStart, textBlock } from '../chat/sse.ts';
import { useDatabases } from '../support/database.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import { connectInline } from './inline-requests.ts';
import {
  heldRows,
  issuedTokens,
  MODEL,
  openProxy,
  question,
  usedRows,
  type StageOptions,
} from './proxy-stage.ts';

describe('a request of a tool in a workspace', () => {
  const newDatabase = useDatabases();
  let claude: MessagesServer;
  let db: Database;
  let inline: ReturnType<typeof connectInline>;
  let workspace: Awaited<ReturnType<typeof seedWorkspace>>;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    claude = await startMessagesServer();
  });
  afterAll(() => claude.close());
  beforeEach(async () => {
    db = (await newDatabase()).db;
    workspace = await seedWorkspace(db, await seedTenant(db));
    inline = connectInline();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    inline.hub.close();
  });

  function open(options: Partial<StageOptions> = {}) {
    const proxy = openProxy(db, inline.hub, { url: claude.url, ...options });
    closing.push(() => proxy.close());
    const agent = inline.join(workspace);
    return { proxy, agent };
  }

  it('is metered by what its stream says, caches too', async () => {
    const { agent } = open();
    const start = { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 1000 };
    const written = { cache_creation_input_tokens: 100 };
    claude.script({
      body: messageStart({ ...start, ...written }) + textBlock(0, 'Hi') + messageEnd('end_turn'),
      chunkBytes: 7,
    });

    const { status } = await agent.ask({ token: await agent.goodToken(), body: question() });

    expect(status).toBe(200);
    // 10 × 2 + 1000 × 0.2 + 100 × 2.5 + 15 × 10, in millionths of a dollar.
    await vi.waitFor(async () =>
      expect(await usedRows(db)).toMatchObject([
        {
          ...{ workspaceId: workspace.id, userId: workspace.ownerId, model: MODEL, requests: 1 },
          ...{ inputTokens: 1110, cachedInputTokens: 1000, writtenInputTokens: 100 },
          ...{ outputTokens: 15, costMicros: 620 },
        },
      ]),
    );
  });

  it('is refused with a token of another workspace, an expired one, or none of ours', async () => {
    const { agent } = open();
    const stranger = inline.join(await seedWorkspace(db, await seedTenant(db)));
    const foreign = await stranger.goodToken();
    const expired = await agent.goodToken();
    const past = new Date(Date.now() - 1_000);
    const ofWorkspace = eq(modelTokens.workspaceId, workspace.id);
    await db.update(modelTokens).set({ expiresAt: past }).where(ofWorkspace);

    for (const token of [foreign, expired, 'sptf_model_invented', '']) {
      const { status, headers, body } = await agent.ask({ token, body: question() });
      expect({ status, code: headers['x-spt-flow-code'] }).toEqual({
        ...{ status: 401, code: 'model_token_refused' },
      });
      expect(JSON.parse(body)).toMatchObject({ error: { type: 'authentication_error' } });
    }
    expect(await usedRows(db)).toEqual([]);
  });

  it('is refused once the workspace was stopped, moved, or its agent went', async () => {
    const { agent } = open();
    const token = await agent.goodToken();
    const ask = async () =>
      (await agent.ask({ token, body: question() })).headers['x-spt-flow-code'];
    const set = (change: Partial<typeof workspaces.$inferInsert>) =>
      db.update(workspaces).set(change).where(eq(workspaces.id, workspace.id));

    await set({ desiredState: 'stopped' });
    expect(await ask()).toBe('workspace_stopped');
    expect(await agent.token()).toMatchObject({ ok: false, code: 'workspace_stopped' });
    await set({ desiredState: 'running', organizationId: (await seedTenant(db)).organizationId });
    expect(await ask()).toBe('model_token_refused');
    await set({ organizationId: workspace.organizationId, settings: { models: false } });
    expect(await ask()).toBe('models_off');
    await set({ settings: {} });
    await db.insert(transitions).values({
      ...{ organizationId: workspace.organizationId, workspaceId: workspace.id, kind: 'stop' },
      ...{ reason: 'test', correlationId: 'stop-1', deadlineAt: new Date() },
    });
    expect(await ask()).toBe('model_token_refused');

    agent.leave();
    await vi.waitFor(async () => expect(await db.select().from(modelTokens)).toEqual([]));
    expect(await issuedTokens(db)).toHaveLength(1);
  });

  it('is offered to nobody where it is switched off, or nothing is configured', async () => {
    await db.update(workspaces).set({ settings: { models: false } });
    const { agent: off, proxy } = open();
    const on = inline.join(await seedWorkspace(db, await seedTenant(db)));
    await on.offered();
    expect(off.isOffered()).toBe(false);

    await proxy.close();
    await db.update(workspaces).set({ settings: {} });
    const { agent: none } = open({ claude: { apiKey: undefined, model: MODEL } });
    await db.select().from(workspaces);
    expect(none.isOffered()).toBe(false);
  });

  it('does not pass the budget, whoever else asks at the same time', async () => {
    const { agent, proxy } = open({ budgetMicros: 20_000 });
    const token = await agent.goodToken();
    claude.script({ body: messageStart() + textBlock(0, 'Hi'), hang: true });
    const before = claude.requests.length;

    const first = await agent.open({ token, body: question({ max_tokens: 64_000 }) });
    // Not one of an earlier test: the second must come after it.
    await vi.waitFor(() => expect(claude.requests).toHaveLength(before + 1), { timeout: 20_000 });
    expect(claude.requests.at(-1)?.max_tokens).toBeLessThan(2000);
    const second = await agent.ask({ token, body: question({ max_tokens: 64_000 }) });

    // The answer of the first was made so short that it is paid for, and takes all that is left.
    expect(second.status).toBe(402);
    const spent = await proxy.spending.usage(workspace.projectId);
    expect(spent.costMicros).toBeLessThanOrEqual(20_000);
    first.reset('cancelled');
    await vi.waitFor(async () => expect(await heldRows(db)).toEqual([]));
  });

  it('hears in the words of the service that the budget is used', async () => {
    const { agent } = open({ budgetMicros: 100 });
    const token = await agent.goodToken();
    const before = claude.requests.length;

    const { status, headers, body } = await agent.ask({ token, body: question() });

    expect({ status, retry: headers['x-should-retry'] }).toEqual({ status: 402, retry: 'false' });
    expect(JSON.parse(body)).toMatchObject({
      type: 'error',
      error: { type: 'billing_error', details: { error_code: 'model_budget_used' } },
    });
    expect(claude.requests).toHaveLength(before);
  });

  it('that was not heard to its end costs what was seen of it', async () => {
    const { agent } = open();
    const token = await agent.goodToken();
    claude.script({ body: messageStart() + textBlock(0, 'x'.repeat(1000)), hang: true });

    const stream = await agent.open({ token, body: question() });
    let heard = 0;
    stream.on('data', (chunk: Buffer) => (heard += chunk.length));
    await vi.waitFor(() => expect(heard).toBeGreaterThan(1000));
    stream.reset('cancelled');

    await claude.abandoned;
    await vi.waitFor(async () =>
      expect(await usedRows(db)).toMatchObject([{ inputTokens: 25, outputTokens: 500 }]),
    );
  });

  it('keeps to its limits', async () => {
    const { agent } = open({ limits: { bodyBytes: 5_000, perMinute: 4 } });
    const token = await agent.goodToken();
    const code = async (asking: object) =>
      (await agent.ask({ token, ...asking })).headers['x-spt-flow-code'];

    expect(await code({ body: Buffer.alloc(6_000_000, 'x') })).toBe('body_too_large');
    expect(await code({ body: Buffer.from('{') })).toBe('validation_failed');
    expect(await code({ path: '/v1/files', httpMethod: 'GET' })).toBe('not_found');
    const unknown = await agent.ask({ token, body: question({ model: 'gpt-9' }) });
    expect(unknown).toMatchObject({ status: 404 });
    expect(unknown.body).toContain('these are: claude-sonnet-5-5, claude-haiku-4-5-20251001');
    const { status, headers } = await agent.ask({ token, body: question() });
    expect({ status, after: headers['retry-after'] }).toEqual({ status: 429, after: '15' });
  });

  it('speaks chat completions, and hides the usage from who did not ask for it', async () => {
    const models = await startCompletionsServer({ apiKey: 'the-key' });
    closing.push(() => models.close());
    const { agent } = open({
      claude: { apiKey: undefined, model: '' },
      openAi: { baseUrl: models.url, model: 'local-1', apiKey: 'the-key' },
    });
    const chunk = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
    const said = chunk({
      choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }],
    });
    const usage = { prompt_tokens: 12, completion_tokens: 3 };
    models.script({
      body: `${said}${chunk({ choices: [], usage })}data: [DONE]\n\n`,
      chunkBytes: 5,
    });

    const { status, body } = await agent.ask({
      ...{ token: await agent.goodToken(), path: '/v1/chat/completions' },
      body: { model: 'local-1', stream: true, messages: [{ role: 'user', content: 'Hi' }] },
    });
    const claudeCode = await agent.ask({ token: await agent.goodToken(), body: question() });

    expect({ status, body }).toEqual({ status: 200, body: `${said}data: [DONE]\n\n` });
    await vi.waitFor(async () =>
      expect(await usedRows(db)).toMatchObject([
        { model: 'local-1', inputTokens: 12, outputTokens: 3 },
      ]),
    );
    expect(claudeCode.status).toBe(503);
    expect(claudeCode.body).toContain('Ask an admin to set ANTHROPIC_API_KEY');
  });
});
