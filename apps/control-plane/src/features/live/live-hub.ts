import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIVE_PATH } from '@spt-flow/shared/api/live';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { AccessWatch } from '../../lib/access-watch.ts';
import { isStillMember, type Principal } from '../../lib/principal.ts';
import {
  createWebSocketAcceptor,
  pathOf,
  refuseUpgrade,
  type UpgradeRouter,
} from '../../lib/upgrade-router.ts';
import type { LiveSource } from './event-log.ts';
import { LiveConnection } from './live-connection.ts';
import { createTopicReader, type TopicReader } from './topic-reader.ts';

const PING_INTERVAL_MS = 30_000;
const MAX_MESSAGE_BYTES = 4096;
/** Of RFC 6455: against the policy of this server. */
const FORBIDDEN = 1008;

export interface LiveHubDeps {
  readonly upgradeRouter: UpgradeRouter;
  readonly authenticate: (request: IncomingMessage) => Promise<Principal | undefined>;
  readonly watch: AccessWatch['watch'];
  readonly sourceFor: (principal: Principal, topic: string) => Promise<LiveSource | undefined>;
  readonly hiddenFrom: (principal: Principal) => Promise<ReadonlySet<string>>;
  readonly onError: (error: unknown) => void;
}

export interface LiveHub {
  wake(topic: string): void;
  wakeAll(): void;
  readonly connectionCount: number;
  close(): void;
}

/** createLiveHub serves the live WebSocket and keeps the open connections. */
export function createLiveHub(deps: LiveHubDeps): LiveHub {
  const acceptWebSocket = createWebSocketAcceptor({ maxMessageBytes: MAX_MESSAGE_BYTES });
  const connections = new Map<LiveConnection, { terminate(): void; close(): void }>();

  const readers = new Map<LiveSource, TopicReader>();

  function readerOf(source: LiveSource): TopicReader {
    const reader = readers.get(source) ?? createTopicReader(source);
    readers.set(source, reader);
    return reader;
  }

  /** Answers the upgrade itself when nobody may pass. */
  async function admit(request: IncomingMessage, socket: Duplex): Promise<Principal | undefined> {
    try {
      const principal = await deps.authenticate(request);
      if (!principal) refuseUpgrade(socket, 401);
      return principal;
    } catch (error) {
      refuseUpgrade(socket, error instanceof AppError ? error.status : 500);
      return undefined;
    }
  }

  async function connect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const principal = await admit(request, socket);
    if (!principal) return;
    const webSocket = await acceptWebSocket({ request, socket, head });
    if (!webSocket) return;
    const connection = new LiveConnection({
      socket: webSocket,
      wire: socket,
      principal,
      sourceFor: deps.sourceFor,
      hiddenFrom: deps.hiddenFrom,
      readerOf,
      onError: deps.onError,
    });
    let answered = true;
    const pinger = setInterval(() => {
      if (!answered) return webSocket.terminate();
      answered = false;
      webSocket.ping();
    }, PING_INTERVAL_MS);
    webSocket.on('pong', () => {
      answered = true;
    });
    webSocket.on('error', deps.onError);
    const release = deps.watch({
      organizationId: principal.organizationId,
      isAllowed: async () => {
        const now = await deps.authenticate(request);
        if (!isStillMember(principal, now)) return false;
        connection.lookAgain(now).catch(deps.onError);
        return true;
      },
      end: () => webSocket.close(FORBIDDEN, 'You are not signed in any more'),
    });
    webSocket.on('close', () => {
      release();
      clearInterval(pinger);
      connection.close();
      connections.delete(connection);
    });
    connections.set(connection, {
      terminate: () => webSocket.terminate(),
      close: () => webSocket.close(1012, 'spt-flow restarts'),
    });
  }

  deps.upgradeRouter.handle(
    (request) => pathOf(request) === LIVE_PATH,
    (request, socket, head) => void connect(request, socket, head).catch(deps.onError),
  );

  return {
    wake: (topic) => {
      for (const connection of connections.keys()) connection.wake(topic);
    },
    wakeAll: () => {
      for (const connection of connections.keys()) connection.wakeAll();
    },
    get connectionCount() {
      return connections.size;
    },
    close: () => {
      for (const socket of connections.values()) socket.close();
    },
  };
}
