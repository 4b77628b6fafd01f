import { asc, eq } from 'drizzle-orm';
import { afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { openDatabase, type DatabaseConnection, type DatabaseTarget } from '@spt-flow/db/client';
import { agentKeys, agents as agentRows, auditLog } from '@spt-flow/db/schema';
import type { TestServerKind } from '@spt-flow/db/testing/test-cluster';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { useDatabases } from '../support/database.ts';
import { seedTenant, seedWorkspace, type Tenant } from '../workspaces/seed.ts';
import { startAgentsServer, type AgentsServer, type AgentsServerOptions } from './agents-server.ts';
import { joinAgent, newTestAgent, type Join, type TestAgent } from './test-agent.ts';

/** IdentityStage is one or several control planes on one database, and a workspace. */
export interface IdentityStage {
  database: DatabaseConnection & { readonly target: DatabaseTarget };
  server: AgentsServer;
  tenant: Tenant;
  workspace: Awaited<ReturnType<typeof seedWorkspace>>;
  now: Date;
  /** Another control plane, with other options; closed at the end. */
  start(options?: AgentsServerOptions): Promise<AgentsServer>;
  /** Another one with connections of its own to the database. */
  startReplica(): Promise<AgentsServer>;
  /** What lets a new agent into the workspace, or into another one. */
  newToken(of?: IdentityStage['workspace']): Promise<string>;
  /** An agent that has joined and is connected. */
  joined(server?: AgentsServer): Promise<TestAgent>;
  /** An agent that has joined and went. */
  enrolled(): Promise<TestAgent>;
  online(expected: boolean, server?: AgentsServer): Promise<void>;
  /** Connects again, and waits until the server has taken over the connection. */
  rejoin(agent: TestAgent, join?: Join, server?: AgentsServer): Promise<Tunnel>;
  /** The workspace's agents, oldest first. */
  rows(workspaceId?: string): Promise<(typeof agentRows.$inferSelect)[]>;
  /** The workspace's newest agent. */
  row(workspaceId?: string): Promise<typeof agentRows.$inferSelect>;
  keyStates(): Promise<Record<string, string>>;
  /** What happened to the workspace's agents, connections left out. */
  actions(): Promise<string[]>;
}

/** useIdentityStage sets a fresh stage for each test, on one database for the file. */
export function useIdentityStage(kind?: TestServerKind): IdentityStage {
  const newDatabase = useDatabases(kind);
  const servers: AgentsServer[] = [];
  const stage = createStage(servers);

  beforeAll(async () => {
    stage.database = await newDatabase();
  });
  beforeEach(async () => {
    stage.now = new Date('2026-11-21T09:00:00Z');
    stage.tenant = await seedTenant(stage.database.db);
    stage.workspace = await seedWorkspace(stage.database.db, stage.tenant);
    stage.server = await stage.start();
  });
  afterEach(async () => {
    const errors = servers.flatMap((server) => server.errors);
    for (const server of servers.splice(0)) await server.close();
    expect(errors).toEqual([]);
  });
  return stage;
}

function createStage(servers: AgentsServer[]): IdentityStage {
  const stage: Omit<IdentityStage, 'database' | 'server' | 'tenant' | 'workspace'> = {
    now: new Date(),

    async start(options = {}) {
      const server = await startAgentsServer(all().database.db, {
        connection: all().database,
        clock: { now: () => stage.now, monotonicMs: () => performance.now() },
        ...options,
      });
      servers.push(server);
      return server;
    },

    async startReplica() {
      const connection = openDatabase({ ...all().database.target, maxConnections: 3 });
      const replica = await stage.start({ connection });
      const { close } = replica;
      replica.close = async () => {
        await close();
        await connection.close();
      };
      return replica;
    },

    async newToken(of = all().workspace) {
      return (await all().server.agents.enrolmentTokens.create(of)).token;
    },

    async joined(server = all().server) {
      const agent = newTestAgent();
      await joinAgent(server, agent, { token: await stage.newToken() });
      await stage.online(true, server);
      return agent;
    },

    async enrolled() {
      const agent = newTestAgent();
      const tunnel = await joinAgent(all().server, agent, { token: await stage.newToken() });
      await stage.online(true);
      tunnel.close('bye');
      await stage.online(false);
      return agent;
    },

    online: (expected, server = all().server) =>
      vi.waitFor(() => expect(server.agents.hub.isOnline(all().workspace.id)).toBe(expected)),

    async rejoin(agent, join = {}, server = all().server) {
      const tunnel = await joinAgent(server, agent, join);
      await vi.waitFor(() =>
        expect(server.agents.hub.sessionOf(all().workspace.id)?.generation).toBe(
          agent.state?.joinState.generation,
        ),
      );
      return tunnel;
    },

    rows: async (workspaceId = all().workspace.id) =>
      all()
        .database.db.select()
        .from(agentRows)
        .where(eq(agentRows.workspaceId, workspaceId))
        .orderBy(asc(agentRows.createdAt)),

    async row(workspaceId) {
      const row = (await stage.rows(workspaceId)).at(-1);
      if (!row) throw new Error('There is no agent');
      return row;
    },

    async keyStates() {
      const { id } = await stage.row();
      const keys = await all()
        .database.db.select()
        .from(agentKeys)
        .where(eq(agentKeys.agentId, id));
      return Object.fromEntries(keys.map(({ keyId, state }) => [keyId, state]));
    },

    async actions() {
      const entries = await all()
        .database.db.select()
        .from(auditLog)
        .where(eq(auditLog.target, all().workspace.id))
        .orderBy(asc(auditLog.createdAt));
      return entries
        .map(({ action }) => action)
        .filter((action) => !['agent.connect', 'agent.disconnect'].includes(action));
    },
  };
  // Filled before each test.
  const all = () => stage as IdentityStage;
  return all();
}
