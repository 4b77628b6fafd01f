import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Database } from '@spt-flow/db/client';
import { agents, workspaces } from '@spt-flow/db/schema';
import { eq } from 'drizzle-orm';
import { RequestHeadSchema } from '@spt-flow/shared/agent-protocol/requests';
import { createTestReleases } from '@spt-flow/releases/testing/release-folder';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { runUpdate } from '../../../agent/src/update/run-update.ts';
import { updatePlaces } from '../../../agent/src/update/update-places.ts';
import { createTunnelPair } from '../../../agent/test/support/memory-tunnel.ts';
import { createAgentHub } from '../../src/features/agents/index.ts';
import type { AgentEventListener } from '../../src/features/agents/events/agent-event-sink.ts';
import { createAgentUpdates } from '../../src/features/agent-updates/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { seedProject, type Tenant } from '../workspaces/seed.ts';

const PLATFORM = 'linux-x64';
function programOf(version: string): string {
  return `#!/bin/sh\necho ${version}\n`;
}

export type Fleet = Awaited<ReturnType<typeof startFleet>>;

/** Machines of a tenant with the agent's own updater, at the real hub; what a service would do is done at once. */
export async function startFleet(db: Database, tenant: Tenant) {
  const home = await mkdtemp(path.join(tmpdir(), 'spt-fleet-'));
  const releases = await createTestReleases(path.join(home, 'releases'));
  for (const version of ['0.1.0', '0.2.0', '0.3.0'])
    await releases.release({
      ...{ version, programs: { [PLATFORM]: programOf(version) } },
      returnsTo: version === '0.2.0' ? ['0.1.0'] : [],
    });
  const root = await readFile(path.join(releases.folder, 'metadata/1.root.json'));
  const errors: unknown[] = [];
  const time = { offsetMs: 0 };
  const clock = { ...systemClock, now: () => new Date(Date.now() + time.offsetMs) };
  const listeners: AgentEventListener[] = [];
  const agentEvents = {
    onEvent: (listener: AgentEventListener) => void listeners.push(listener),
  };
  const hub = createAgentHub({
    clock: systemClock,
    onEvents: (session, events) => {
      for (const event of events) for (const listener of listeners) listener(session, event);
      return undefined;
    },
    onError: (error) => void errors.push(error),
  });
  const updates = createAgentUpdates({
    ...{ db, clock, audit: createAudit(db), directory: releases.folder },
    agents: { hub, here: hub, events: agentEvents },
    ...{ bytesPerSecond: 1e9, atOnce: 4, onError: (error: unknown) => void errors.push(error) },
  });
  const versions = new Map<string, string>();
  /** Machines on which this version does not prove itself. */
  const broken = new Set<string>();
  const generations = new Map<string, number>();

  function connect(workspaceId: string): void {
    const { controlPlane, agent } = createTunnelPair();
    agent.onStream((stream) => {
      stream.on('error', () => undefined);
      const head = RequestHeadSchema.parse(stream.head);
      if (head.method === 'events') {
        stream.respond({ ok: true, data: {} });
        const outcome = outcomes.get(workspaceId);
        if (outcome) stream.write(`${JSON.stringify(outcome)}\n`);
      } else if (head.method === 'update') {
        stream.respond({ ok: true });
        void update(workspaceId, head.version, stream).catch((error: unknown) =>
          errors.push(error),
        );
      } else stream.respond({ ok: false, code: 'unimplemented', message: '' });
    });
    const generation = (generations.get(workspaceId) ?? 0) + 1;
    generations.set(workspaceId, generation);
    const ids = { workspaceId, organizationId: tenant.organizationId, generation };
    const session = { ...ids, sessionId: randomUUID(), agentId: workspaceId };
    hub.attach({ ...session, bootId: 'boot', machineFingerprint: 'machine' }, controlPlane);
  }

  const outcomes = new Map<string, unknown>();

  async function update(workspaceId: string, version: string, stream: TunnelStream) {
    const from = versions.get(workspaceId) ?? '';
    const slot = await runUpdate(
      {
        ...{ root, version, platform: PLATFORM, ownVersion: from, nowMs: Date.now() },
        places: updatePlaces(path.join(home, workspaceId)),
      },
      { input: stream, output: stream },
    );
    stream.end();
    if (slot === undefined) return;
    const isGood = !broken.has(workspaceId);
    const outcome = isGood ? 'committed' : 'reverted';
    const update = {
      id: randomUUID(),
      outcome,
      from,
      version,
      reason: isGood ? undefined : 'ended',
    };
    outcomes.set(workspaceId, { type: 'updated', update });
    if (isGood) {
      versions.set(workspaceId, version);
      await db.update(agents).set({ version }).where(eq(agents.workspaceId, workspaceId));
    }
    // The control plane has heard the answer by then.
    setTimeout(() => connect(workspaceId), 20);
  }

  async function add(name: string, { isOnline = true, version = '0.1.0' } = {}): Promise<string> {
    const { organizationId, userId: ownerId } = tenant;
    const [row] = await db
      .insert(workspaces)
      .values({
        ...{ organizationId, ownerId, name, provider: 'server', appPort: 3001 },
        ...{ projectId: await seedProject(db, tenant), desiredState: 'running' },
      })
      .returning();
    if (!row) throw new Error('seed failed');
    await db.insert(agents).values({
      ...{ organizationId, workspaceId: row.id, version, channelBinding: 'none' },
      ...{ bootId: 'boot', machineFingerprint: 'machine' },
    });
    versions.set(row.id, version);
    if (isOnline) connect(row.id);
    return row.id;
  }

  return {
    ...{ hub, updates, releases, versions, broken, errors, time, add, connect },
    countOf: (version: string) => [...versions.values()].filter((own) => own === version).length,
    async close() {
      await updates.driver.close();
      hub.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
