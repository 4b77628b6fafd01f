import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { ModelAnswerSchema, ModelTokenSchema } from '@spt-flow/shared/agent-protocol/models';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { createAgentHub } from '../../src/features/agents/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startInlineAgent } from '../agents/inline-agent.ts';
import { VERSION } from './proxy-stage.ts';

export interface Asking {
  readonly token?: string;
  readonly httpMethod?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: object | Buffer;
}

/** connectInline is an agent that does what it likes: it shows any token and sends any request. */
export function connectInline() {
  const hub = createAgentHub({
    ...{ clock: systemClock, onEvents: () => undefined, onError: () => undefined },
  });

  function join(workspace: { readonly id: string; readonly organizationId: string }) {
    const waiting = new Map<string, { asking: Asking; done: (stream: TunnelStream) => void }>();
    let line: TunnelStream | undefined;
    const inline = startInlineAgent({
      answers: {
        models: (stream) => {
          line = stream;
          stream.respond({ ok: true, data: { port: 1 } });
        },
        'models.take': (stream) => {
          const { requestId } = stream.head as { requestId: string };
          const taken = waiting.get(requestId);
          if (!taken) throw new Error('taken twice');
          const { token = '', httpMethod = 'POST', path = '/v1/messages' } = taken.asking;
          const headers = { ...VERSION, ...taken.asking.headers };
          stream.respond({ ok: true, data: { token, httpMethod, path, headers } });
          const { body = {} } = taken.asking;
          stream.end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
          taken.done(stream);
        },
      },
    });
    const session = {
      ...{ workspaceId: workspace.id, organizationId: workspace.organizationId, generation: 1 },
      ...{ sessionId: randomUUID(), agentId: randomUUID(), bootId: 'b', machineFingerprint: 'm' },
    };
    hub.attach(session, inline.tunnel);

    async function offered(): Promise<TunnelStream> {
      for (let turn = 0; turn < 500 && !line; turn++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      if (!line) throw new Error('No models were offered');
      return line;
    }

    return {
      ...{ session, inline, offered },
      isOffered: () => line !== undefined,
      leave: () => inline.tunnel.close('gone'),
      async token() {
        const stream = await offered();
        const answer = new Promise<Buffer>((resolve) => stream.once('data', resolve));
        stream.write('{"type":"token"}\n');
        return ModelTokenSchema.parse(JSON.parse(String(await answer)));
      },
      async goodToken(): Promise<string> {
        const given = await this.token();
        if (!given.ok) throw new Error(given.message);
        return given.token;
      },
      /** The stream of an answer, as it comes. */
      async open(asking: Asking): Promise<TunnelStream> {
        const stream = await offered();
        const requestId = randomUUID();
        return new Promise((done) => {
          waiting.set(requestId, { asking, done });
          stream.write(`${JSON.stringify({ type: 'request', requestId })}\n`);
        });
      },
      async ask(asking: Asking) {
        const whole = await buffer(await this.open(asking));
        const end = whole.indexOf('\n');
        const head = ModelAnswerSchema.parse(JSON.parse(whole.toString('utf8', 0, end)));
        return { ...head, body: whole.toString('utf8', end + 1) };
      },
    };
  }

  return { hub, join };
}
