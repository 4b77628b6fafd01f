import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eq } from 'drizzle-orm';
import type { ChangeSetReceipt, SignedReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import type { Database } from '@spt-flow/db/client';
import { workspaces } from '@spt-flow/db/schema';
import { importSigningKey } from '@spt-flow/tunnel/handshake/crypto';
import { signReceipt as sign } from '@spt-flow/tunnel/handshake/receipt-signature';
import { vi } from 'vitest';
import * as z from 'zod';
import {
  createAgents,
  createIdentity,
  createIdentityRepository,
} from '../../src/features/agents/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createUpgradeRouter } from '../../src/lib/upgrade-router.ts';
import { freePort, portOf } from '../support/ports.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import { LOOPBACK_POLICY } from '../agents/agents-server.ts';

const BUILD_SCRIPT = fileURLToPath(new URL('../../../agent/build.mjs', import.meta.url));
const run = promisify(execFile);
const IdentityFileSchema = z.object({ key: z.string() });

/** buildAgent makes the agent as it ships; the folder is removed by the caller. */
export async function buildAgent(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-agent-'));
  await run(process.execPath, [BUILD_SCRIPT, '--out', folder]);
  return folder;
}

/** startControlPlane takes in real agents over real WebSockets. */
export async function startControlPlane(db: Database) {
  const identity = await createIdentity({
    repository: createIdentityRepository(db),
    secretKey: 'k'.repeat(43),
  });
  const upgradeRouter = createUpgradeRouter();
  const server = createServer().on('upgrade', upgradeRouter.route).listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${await portOf(server)}`;
  const errors: unknown[] = [];
  const audit = createAudit(db);
  const agents = createAgents({
    db,
    upgradeRouter,
    identity,
    audit,
    logs: { append: async () => undefined, spoolPosition: async () => undefined },
    clock: systemClock,
    policy: LOOPBACK_POLICY,
    agentUrl: () => url,
    publicUrl: () => url,
    onChanged: () => undefined,
    onError: (error) => errors.push(error),
  });
  return {
    ...{ db, url, identity, agents, audit, errors },
    async close() {
      agents.here.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

export type TestControlPlane = Awaited<ReturnType<typeof startControlPlane>>;

/** startLiveWorkspace seeds a workspace and runs the shipped agent for it. */
export async function startLiveWorkspace(
  db: Database,
  controlPlane: TestControlPlane,
  agentFolder: string,
) {
  const tenant = await seedTenant(db);
  const seeded = await seedWorkspace(db, tenant);
  const appPort = await freePort();
  await db.update(workspaces).set({ appPort }).where(eq(workspaces.id, seeded.id));
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-workspace-'));
  const projectDirectory = path.join(directory, 'project');
  await mkdir(projectDirectory);
  const { token } = await controlPlane.agents.enrolmentTokens.create(seeded);
  let child: ChildProcess | undefined;

  async function startAgent(): Promise<void> {
    child = spawn(process.execPath, [path.join(agentFolder, 'agent.cjs')], {
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: directory,
        SPT_FLOW_AGENT_URL: controlPlane.url,
        SPT_FLOW_AGENT_TOKEN: token,
        SPT_FLOW_AGENT_SERVER_KEY: controlPlane.identity.key.keyId,
        SPT_FLOW_AGENT_STATE_DIR: path.join(directory, 'state'),
        SPT_FLOW_AGENT_PROJECT_DIR: projectDirectory,
      },
    });
    await whenOnline();
  }

  function whenOnline(): Promise<void> {
    return vi.waitFor(
      () => {
        if (!controlPlane.agents.hub.isOnline(seeded.id)) throw new Error('agent is not online');
      },
      { timeout: 20_000, interval: 20 },
    );
  }

  async function endAgent(signal: NodeJS.Signals): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** As the agent itself signs: with the key that lies in its state directory. */
  async function signReceipt(receipt: ChangeSetReceipt): Promise<SignedReceipt> {
    const stored = await readFile(path.join(directory, 'state', 'identity.json'), 'utf8');
    const { key } = IdentityFileSchema.parse(JSON.parse(stored));
    return sign(importSigningKey(Buffer.from(key, 'base64')), JSON.stringify(receipt));
  }

  await startAgent();
  return {
    ...{ tenant, appPort, directory, projectDirectory, startAgent, endAgent, whenOnline },
    signReceipt,
    workspace: { ...seeded, appPort },
    async close() {
      await endAgent('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export type LiveWorkspace = Awaited<ReturnType<typeof startLiveWorkspace>>;
