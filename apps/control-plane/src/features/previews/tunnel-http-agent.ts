import { Agent, type ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AgentConnections } from '../agents/index.ts';

/** Shorter than the keep-alive time of common servers (5 s), so that we close first and no request meets a closing socket. */
const IDLE_MS = 3_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** openAppConnection returns raw bytes to the app's port on the workspace's loopback. */
export async function openAppConnection(
  agents: Pick<AgentConnections, 'request'>,
  app: { workspaceId: string; appPort: number },
): Promise<Duplex> {
  const { stream } = await agents.request(
    app.workspaceId,
    { method: 'tcp', port: app.appPort },
    { timeoutMs: CONNECT_TIMEOUT_MS },
  );
  return stream;
}

/** TunnelHttpAgent pools keep-alive connections to one app; they are streams of the tunnel, not sockets. */
export class TunnelHttpAgent extends Agent {
  private readonly connect: () => Promise<Duplex>;
  private readonly idleTimers = new WeakMap<Duplex, NodeJS.Timeout>();

  constructor(connect: () => Promise<Duplex>) {
    super({ keepAlive: true, maxFreeSockets: 8 });
    this.connect = connect;
  }

  override createConnection(
    _options: unknown,
    callback: (error: Error | null, stream?: Duplex) => void,
  ): undefined {
    this.connect().then(
      (stream) => callback(null, stream),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** The agent keeps the stream when the answer is true; its types leave that out. */
  override keepSocketAlive(stream: Duplex): boolean {
    if (!stream.readable) return false;
    // The app closing its side ends a tunnel stream without closing it: nobody may get it from the pool then.
    stream.once('end', () => stream.destroy());
    this.idleTimers.set(stream, setTimeout(() => stream.destroy(), IDLE_MS).unref());
    return true;
  }

  override reuseSocket(stream: Duplex, request: ClientRequest): void {
    request.reusedSocket = true;
    clearTimeout(this.idleTimers.get(stream));
  }
}

/** OneConnectionAgent gives a request a connection of its own that nobody uses afterwards. */
export class OneConnectionAgent extends TunnelHttpAgent {
  override keepSocketAlive(): boolean {
    return false;
  }
}
