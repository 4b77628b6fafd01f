import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Database, DatabaseConnection } from '@spt-flow/db/client';
import {
  AGENTS_CHANNEL,
  createAgents,
  createIdentity,
  createIdentityRepository,
  type AgentPolicy,
  type Agents,
} from '../../src/features/agents/index.ts';
import { createLogs, createLogsRepository } from '../../src/features/logs/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { createUpgradeRouter, type UpgradeHandler } from '../../src/lib/upgrade-router.ts';
import { KEEP_ALL_LOGS } from '../support/database.ts';
import { portOf } from '../support/ports.ts';

export const SECRET_KEY = 'a secret key that is used in tests only';

/** What agents on loopback need. */
export const LOOPBACK_POLICY: AgentPolicy = {
  channelBinding: 'none',
  maxKeyAgeDays: 90,
  revocationView: 'strict',
};

export interface AgentsServer {
  readonly agents: Agents;
  readonly url: string;
  readonly serverKey: string;
  /** Takes in agents that come by another way than its port. */
  readonly routeUpgrade: UpgradeHandler;
  /** Another address that agents are told to dial. */
  readonly addUrl: (url: string) => void;
  /** Answers requests at its port until what it returns is called; there is nothing otherwise. */
  readonly onRequest: (listener: RequestListener) => () => void;
  readonly raiseEpoch: () => Promise<void>;
  readonly errors: unknown[];
  /** How often somebody came to connect. */
  readonly attempts: () => number;
  close: () => Promise<void>;
}

export interface AgentsServerOptions {
  readonly clock?: Clock;
  readonly port?: number;
  /** URL that agents elsewhere are told to dial, when it is not the server's own. */
  readonly publicUrl?: string;
  readonly policy?: Partial<AgentPolicy>;
  /** With it the server hears what other replicas do. */
  readonly connection?: DatabaseConnection;
  readonly certificate?: { cert: string; key: string };
}

/** startAgentsServer serves the agents' feature on a free port of loopback, with the real database. */
export async function startAgentsServer(
  db: Database,
  options: AgentsServerOptions = {},
): Promise<AgentsServer> {
  const { clock = systemClock, certificate } = options;
  const upgradeRouter = createUpgradeRouter();
  const errors: unknown[] = [];
  const server = certificate ? createHttpsServer(certificate) : createServer();
  const otherUrls: string[] = [];
  let attempts = 0;
  const routeUpgrade: UpgradeHandler = (request, socket, head) => {
    attempts += 1;
    upgradeRouter.route(request, socket, head);
  };
  server.on('upgrade', routeUpgrade);
  server.listen(options.port ?? 0, '127.0.0.1');
  const port = await portOf(server);
  const url = `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`;
  const identity = await createIdentity({
    repository: createIdentityRepository(db),
    secretKey: SECRET_KEY,
  });
  const audit = createAudit(db);
  const agents = createAgents({
    ...{ db, upgradeRouter, identity, clock, audit },
    logs: createLogs({ repository: createLogsRepository(db, KEEP_ALL_LOGS), clock }),
    policy: { ...LOOPBACK_POLICY, ...options.policy },
    agentUrl: () => options.publicUrl ?? url,
    publicUrl: () => options.publicUrl ?? url,
    otherUrls,
    onChanged: () => undefined,
    onError: (error) => void errors.push(error),
  });
  const deaf = async () => undefined;
  const stopListening = options.connection
    ? await options.connection.listen(AGENTS_CHANNEL, agents.onNotice, agents.checkAll)
    : deaf;
  return {
    ...{ agents, url, errors, routeUpgrade },
    addUrl: (other) => void otherUrls.push(other),
    onRequest(listener) {
      server.on('request', listener);
      return () => void server.off('request', listener);
    },
    attempts: () => attempts,
    serverKey: identity.key.keyId,
    raiseEpoch: () => identity.raiseEpoch({ audit, clock }),
    async close() {
      await stopListening();
      await agents.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
