import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ModelNoticeSchema,
  ModelRequestSchema,
  ModelsStartedSchema,
  type ModelAnswer,
} from '@spt-flow/shared/agent-protocol/models';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { createRig, exec, responseOf, type Rig } from './support/rig.ts';

const HEAD = {
  ...{ method: 'models', variables: { LANGFUSE_HOST: 'https://langfuse.example' } },
  offers: [{ api: 'anthropic', variables: { ANTHROPIC_MODEL: 'model-1' } }],
};

let rig: Rig;
beforeEach(async () => {
  rig = await createRig(tmpdir());
});
afterEach(() => rig.close());

/** The control plane's part: it answers requests as it is told to. */
async function offer(answer: (stream: TunnelStream, head: unknown) => void) {
  const line = rig.tunnel.open(HEAD);
  const response = await responseOf(line);
  const { port } = ModelsStartedSchema.parse(response.ok ? response.data : undefined);
  const given: string[] = [];
  line.on('data', (chunk: Buffer) => {
    for (const notice of chunk.toString().trim().split('\n')) {
      const told = ModelNoticeSchema.parse(JSON.parse(notice));
      if (told.type === 'token') {
        given.push(`token-${given.length + 1}`);
        line.write(`${JSON.stringify({ ok: true, token: given.at(-1), lifetimeSeconds: 900 })}\n`);
      } else void take(told.requestId);
    }
  });
  async function take(requestId: string): Promise<void> {
    const stream = rig.tunnel.open({ method: 'models.take', requestId });
    const taken = await responseOf(stream);
    answer(stream, taken.ok ? taken.data : undefined);
  }
  const { out } = await exec(rig.tunnel, { argv: ['/bin/sh', '-c', 'echo $ANTHROPIC_AUTH_TOKEN'] });
  return { line, given, key: out.trim(), url: `http://127.0.0.1:${port}/v1/messages?beta=true` };
}

async function closeOf(stream: TunnelStream | undefined): Promise<void> {
  stream?.on('error', () => undefined);
  await new Promise<void>((resolve) => stream?.once('close', resolve));
}

function begin(stream: TunnelStream, { status = 200, headers = {} }: Partial<ModelAnswer> = {}) {
  stream.write(`${JSON.stringify({ status, headers } satisfies ModelAnswer)}\n`);
}

describe('requests to models', () => {
  it('are passed on with the token in place of the local key, and answered byte by byte', async () => {
    const heads: unknown[] = [];
    const { url, key, given } = await offer((stream, head) => {
      heads.push(ModelRequestSchema.parse(head));
      let body = '';
      stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
      stream.once('end', () => {
        begin(stream, { status: 201, headers: { 'request-id': 'r-1' } });
        stream.end(body.toUpperCase());
      });
    });

    const headers = { authorization: `Bearer ${key}`, 'anthropic-version': '1' };
    const response = await fetch(url, { method: 'POST', headers, body: 'ask '.repeat(100_000) });

    expect(await response.text()).toBe('ASK '.repeat(100_000));
    expect([response.status, response.headers.get('request-id')]).toEqual([201, 'r-1']);
    expect(heads).toMatchObject([
      {
        ...{ token: 'token-1', httpMethod: 'POST', path: '/v1/messages?beta=true' },
        headers: { 'anthropic-version': '1' },
      },
    ]);
    expect(JSON.stringify(heads)).not.toContain(key);
    expect(given).toEqual(['token-1']);
  });

  it('end when the tool goes away, and ask for another token when one was refused', async () => {
    const tokens: string[] = [];
    let isRefused = true;
    const opened: TunnelStream[] = [];
    const { url, key } = await offer((stream, head) => {
      tokens.push(ModelRequestSchema.parse(head).token);
      const headers = { 'x-spt-flow-code': 'model_token_refused' };
      begin(stream, isRefused ? { status: 401, headers } : {});
      if (isRefused) stream.end();
      opened.push(stream);
      isRefused = false;
    });
    const gone = new AbortController();
    const init = { headers: { 'x-api-key': key }, signal: gone.signal };

    expect((await fetch(url, init)).status).toBe(401);
    expect((await fetch(url, init)).status).toBe(200);
    const closed = closeOf(opened[1]);
    gone.abort();
    await closed;

    expect(tokens).toEqual(['token-1', 'token-2']);
  });

  it('show the local key or one of the person, and wait for nobody who is away', async () => {
    const heads: unknown[] = [];
    const { url, key, line } = await offer((stream, head) => {
      heads.push(ModelRequestSchema.parse(head).headers);
      begin(stream);
      stream.end();
    });

    expect((await fetch(url)).status).toBe(401);
    const own = { authorization: `Bearer ${key}`, 'x-api-key': 'own' };
    expect((await fetch(url, { headers: own })).status).toBe(200);
    expect(heads).toMatchObject([{ 'x-api-key': 'own' }]);
    expect(JSON.stringify(heads)).not.toContain(key);

    const closed = closeOf(line);
    line.reset('cancelled');
    await closed;
    const away = await fetch(url, { headers: { 'x-api-key': key } });
    expect(away.status).toBe(503);
    expect(await away.text()).toContain('agent_offline');
  });

  it('keep their address, and give nothing to who goes another way', async () => {
    const variables = { ANTHROPIC_API_KEY: 'own' };
    await responseOf(rig.tunnel.open({ method: 'environment.add', variables }));
    const before = await offer(() => undefined);
    const after = await offer(() => undefined);

    expect(after.url).toBe(before.url);
    const script = 'echo "$ANTHROPIC_BASE_URL,$ANTHROPIC_MODEL,$LANGFUSE_HOST"';
    const { out } = await exec(rig.tunnel, { argv: ['/bin/sh', '-c', script] });
    expect(out).toBe(',,https://langfuse.example\n');
  });
});
