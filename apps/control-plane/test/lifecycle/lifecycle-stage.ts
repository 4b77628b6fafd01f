import { eq } from 'drizzle-orm';
import {
  auditLog,
  templates,
  templateVersions,
  transitions,
  workspaceLifecycles,
  workspaces,
} from '@spt-flow/db/schema';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createLifecycle, type Lifecycle } from '../../src/features/lifecycle/index.ts';
import {
  createPrices,
  createWorkspaces,
  type Workspaces,
} from '../../src/features/workspaces/index.ts';
import { createProviders, type WorkspaceProvider } from '../../src/features/providers/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Database } from '@spt-flow/db/client';
import { seedTenant, seedWorkspace, type Tenant } from '../workspaces/seed.ts';
import { createAgentHub } from '../../src/features/agents/index.ts';

const MINUTE_MS = 60_000;

export interface LifecycleStage {
  readonly lifecycle: Lifecycle;
  readonly workspaces: Workspaces['service'];
  readonly tenant: Tenant;
  readonly logged: { workspaceId: string; text: string }[];
  readonly errors: unknown[];
  /** Another replica on the same database. */
  replica(): Lifecycle;
  /** Moves the clock, with a sweep each minute. */
  pass(minutes: number): Promise<void>;
  /** Moves the clock by days, with a sweep after each. */
  passDays(days: number): Promise<void>;
  now(): Date;
  /** A workspace that runs, as far as the rows say. */
  running(change?: Partial<typeof workspaces.$inferInsert>): Promise<string>;
  /** A template with one version, which says so much about the lives of its workspaces. */
  template(
    lifecycle: object,
  ): Promise<Pick<typeof workspaces.$inferInsert, 'templateId' | 'templateVersion'>>;
  /** As after somebody started it. */
  runs(id: string): Promise<void>;
  row(id: string): Promise<typeof workspaces.$inferSelect>;
  settled(id: string): Promise<void>;
  stored(id: string): Promise<typeof workspaceLifecycles.$inferSelect | undefined>;
  stopReason(id: string): Promise<string | undefined>;
  audited(id: string): Promise<(typeof auditLog.$inferSelect)[]>;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly dormancy?: {
    readonly dormantDays: number;
    readonly deleteDays: number;
    readonly keepLast: (workspaceId: string, expiresAt: Date) => Promise<void>;
  };
  readonly monthlyBudget?: number;
  readonly maxRunningPerUser?: number;
  /** What workspaces take on the disk of their machine. */
  readonly diskUse?: ReadonlyMap<string, number>;
}

/** openLifecycleStage decides about workspaces by a clock of its own; their machines are not of interest. */
export async function openLifecycleStage(
  db: Database,
  options: StageOptions = {},
): Promise<LifecycleStage> {
  const tenant = await seedTenant(db);
  const state = { nowMs: Date.parse('2026-11-25T14:00:00Z') };
  const clock: Clock = { now: () => new Date(state.nowMs), monotonicMs: () => state.nowMs };
  const errors: unknown[] = [];
  const logged: LifecycleStage['logged'] = [];
  const onError = (error: unknown) => void errors.push(error);
  const logs = {
    append: async ({ workspaceId }: { workspaceId: string }, lines: readonly { text: string }[]) =>
      void logged.push(...lines.map(({ text }) => ({ workspaceId, text }))),
  };
  const prices = createPrices({ pricesPerHour: { chat: 0.6 }, currency: 'EUR' });
  const audit = createAudit(db);
  const hub = createAgentHub({ clock, onEvents: async () => undefined, onError });

  function build() {
    const built = createWorkspaces({
      ...{ db, hub, logs, audit, clock, prices, onError },
      defaultProvider: 'local',
      policy: () => [],
      providers: createProviders({
        local: { ...noMachines, diskUse: async () => options.diskUse ?? new Map() },
        server: noMachines,
      }),
      enrolmentTokens: { create: unused, admit: unused, openUntil: unused },
      revokeAgent: async () => undefined,
      eventLog: { append: async () => 0 },
      controlPlane: unused,
      runningLimits: { perUser: options.maxRunningPerUser ?? 100, perOrganization: undefined },
    });
    const lifecycle = createLifecycle({
      ...{ db, workspaces: built, logs, audit, clock, prices, onError },
      onAgentEvent: () => undefined,
      onPresence: hub.onPresence,
      policy: {
        ...{ idleMinutes: 30, monthlyBudget: options.monthlyBudget },
        ...{ dormantDays: 0, deleteDays: 0, ...options.dormancy },
      },
      keepLast: async (workspaceId, expiresAt) => {
        if (options.dormancy?.keepLast) await options.dormancy.keepLast(workspaceId, expiresAt);
      },
    });
    return { workspaces: built, lifecycle };
  }

  const first = build();
  const built = [first];
  const { lifecycle } = first;

  async function row(id: string) {
    const [found] = await db.select().from(workspaces).where(eq(workspaces.id, id));
    if (!found) throw new Error('no such workspace');
    return found;
  }

  return {
    ...{ lifecycle, tenant, logged, errors, row },
    workspaces: first.workspaces.service,
    replica() {
      const next = build();
      built.push(next);
      return next.lifecycle;
    },
    now: clock.now,
    async pass(minutes) {
      for (let minute = 0; minute < minutes; minute += 1) {
        state.nowMs += MINUTE_MS;
        await lifecycle.sweep();
      }
    },
    async passDays(days) {
      for (let day = 0; day < days; day += 1) {
        state.nowMs += 24 * 60 * MINUTE_MS;
        await lifecycle.sweep();
      }
    },
    async running(change = {}) {
      const { id } = await seedWorkspace(db, tenant);
      const stateSince = clock.now();
      await db
        .update(workspaces)
        .set({ actualState: 'running', stateSince, ...change })
        .where(eq(workspaces.id, id));
      return id;
    },
    async template(ofTemplate) {
      const { organizationId } = tenant;
      const looks = { displayName: 'Mine', icon: '📦', organizationId };
      const [row] = await db
        .insert(templates)
        .values({ ...looks, name: 'mine' })
        .returning();
      if (!row) throw new Error('seed failed');
      await db.insert(templateVersions).values({
        ...{ organizationId, templateId: row.id, number: 1, source: {} },
        definition: { lifecycle: ofTemplate },
      });
      return { templateId: row.id, templateVersion: 1 };
    },
    async runs(id) {
      const change = { desiredState: 'running', actualState: 'running' } as const;
      await db.update(workspaces).set(change).where(eq(workspaces.id, id));
    },
    settled: (id) => first.workspaces.service.settled(id),
    async stored(id) {
      const rows = await db
        .select()
        .from(workspaceLifecycles)
        .where(eq(workspaceLifecycles.workspaceId, id));
      return rows[0];
    },
    async stopReason(id) {
      const rows = await db.select().from(transitions).where(eq(transitions.workspaceId, id));
      return rows.find(({ kind }) => kind === 'stop')?.reason;
    },
    audited: (id) => db.select().from(auditLog).where(eq(auditLog.target, id)),
    async close() {
      for (const { lifecycle: opened, workspaces: rows } of built) {
        await opened.close();
        await rows.close();
      }
      hub.close();
    },
  };
}

/** Rows say what runs; nothing does. */
const noMachines: WorkspaceProvider = {
  ownsMachine: true,
  warnings: [],
  plan: () => [],
  start: () => Promise.reject(new AppError('server_absent', 'Nothing is started here')),
  stop: async () => undefined,
  delete: async () => undefined,
  inspect: async () => 'running',
  logs: () => [],
  reap: async () => 0,
};

function unused(): never {
  throw new Error('nobody joins here');
}
