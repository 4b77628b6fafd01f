import {
  ListenNoticeSchema,
  ListenStartedSchema,
  type RequestHead,
} from '@spt-flow/shared/agent-protocol/requests';
import {
  ForwardAnswerSchema,
  ForwardRequestSchema,
  type ForwardAnswer,
  type ForwardedConnection,
  type ForwardRequest,
} from '@spt-flow/shared/api/port-forward';
import { AppError } from '@spt-flow/shared/domain/errors';
import { joinStreams } from '@spt-flow/tunnel/join-streams';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { toAppError, type AgentAnswer } from '../agents/index.ts';

const MAX_NOTICE_BYTES = 64 * 1024;
const ANSWER_TIMEOUT_MS = 10_000;
/** Connections of a port that may be on their way to the client; more are heard of later. */
const MAX_COMING_HOME = 64;

export interface ForwardSessionDeps {
  readonly tunnel: Tunnel;
  /** Asks the workspace's agent; AppError when it is away or refuses. */
  readonly ask: (head: RequestHead, signal: AbortSignal) => Promise<AgentAnswer>;
  /** A port of the workspace leads to the client from now on. */
  readonly onListening: (port: number) => Promise<void>;
  /** Bytes went to or from the workspace; called for each chunk. */
  readonly onTraffic: (bytesIn: number, bytesOut: number) => void;
  readonly onError: (error: unknown) => void;
}

export interface ForwardSession {
  /** Connections that were carried, so far. */
  readonly connections: number;
}

/** serveForwards carries a client's streams to its workspace: each is one connection, or one port that leads back. */
export function serveForwards(deps: ForwardSessionDeps): ForwardSession {
  let connections = 0;

  function join(client: TunnelStream, workspace: TunnelStream): void {
    joinStreams(client, workspace);
    client.on('data', ({ length }: Buffer) => deps.onTraffic(length, 0));
    workspace.on('data', ({ length }: Buffer) => deps.onTraffic(0, length));
  }

  async function connect(stream: TunnelStream, port: number): Promise<void> {
    const answer = await deps.ask({ method: 'tcp', port }, untilClosed(stream));
    connections += 1;
    stream.respond({ ok: true } satisfies ForwardAnswer);
    join(stream, answer.stream);
  }

  async function listen(stream: TunnelStream, port: number): Promise<void> {
    const answer = await deps.ask({ method: 'tcp.listen', port }, untilClosed(stream));
    const started = ListenStartedSchema.parse(answer.data);
    stream.once('end', () => answer.stream.end());
    stream.resume();
    await deps.onListening(started.port);
    stream.respond({ ok: true, port: started.port } satisfies ForwardAnswer);
    const coming = new Set<Promise<void>>();
    for await (const connectionId of readNotices(answer.stream)) {
      const home = bringHome(stream, connectionId)
        .catch(deps.onError)
        .finally(() => coming.delete(home));
      coming.add(home);
      if (coming.size >= MAX_COMING_HOME) await Promise.race(coming);
    }
    if (stream.readableEnded) stream.end();
    else stream.reset('agent_offline', 'The workspace no longer listens');
  }

  /** What the workspace sends before the client is ready waits in the stream. */
  async function bringHome(listener: TunnelStream, connectionId: string): Promise<void> {
    const taken = await takeConnection(connectionId, untilClosed(listener));
    if (!taken) return;
    const head: ForwardedConnection = { type: 'connection', listener: listener.streamId };
    const home = deps.tunnel.open(head);
    const timer = setTimeout(() => home.reset('timeout'), ANSWER_TIMEOUT_MS);
    try {
      const answer = ForwardAnswerSchema.parse(await home.response);
      if (!answer.ok) throw new AppError('port_not_open', answer.message);
      connections += 1;
      join(home, taken);
    } catch {
      // Nobody is at home, or the client left: who connected in the workspace learns it by this.
      taken.reset('refused');
      home.destroy();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Undefined when who connected did not wait. */
  async function takeConnection(
    connectionId: string,
    signal: AbortSignal,
  ): Promise<TunnelStream | undefined> {
    try {
      return (await deps.ask({ method: 'tcp.accept', connectionId }, signal)).stream;
    } catch {
      return undefined;
    }
  }

  deps.tunnel.onStream((stream) => {
    serve(stream, { connect, listen }).catch((error: unknown) => refuse(stream, error));
  });

  function refuse(stream: TunnelStream, error: unknown): void {
    const known = toAppError(error);
    if (known.family === 'internal') deps.onError(error);
    if (stream.destroyed) return;
    try {
      stream.respond({
        ok: false,
        code: known.code,
        message: known.message,
      } satisfies ForwardAnswer);
      stream.end();
      stream.resume();
    } catch {
      // It was answered before it failed.
      stream.reset(known.code, known.message);
    }
  }

  return {
    get connections() {
      return connections;
    },
  };
}

type Servers = Record<
  ForwardRequest['type'],
  (stream: TunnelStream, port: number) => Promise<void>
>;

async function serve(stream: TunnelStream, servers: Servers): Promise<void> {
  const request = ForwardRequestSchema.safeParse(stream.head);
  if (!request.success) throw new AppError('validation_failed');
  await servers[request.data.type](stream, request.data.port);
}

/** Resets what was asked of the agent when the client no longer wants it. */
function untilClosed(stream: TunnelStream): AbortSignal {
  const controller = new AbortController();
  stream.once('close', () => controller.abort());
  if (stream.destroyed) controller.abort();
  return controller.signal;
}

async function* readNotices(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream) {
    rest += chunk.toString('utf8');
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_NOTICE_BYTES) throw new AppError('not_implemented_by_agent');
    for (const line of lines) yield ListenNoticeSchema.parse(JSON.parse(line)).connectionId;
  }
}
