import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { Database } from '@spt-flow/db/client';
import { projects } from '@spt-flow/db/schema';
import type { CustomDomain } from '@spt-flow/shared/api/domains';
import { AppError } from '@spt-flow/shared/domain/errors';
import {
  createDomains,
  registerDomainRoutes,
  type Domains,
} from '../../src/features/domains/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { createHttpShell } from '../support/http-shell.ts';
import { seedProject, seedTenant, type Tenant } from '../workspaces/seed.ts';
import { startDnsServer, type DnsServer } from './dns-server.ts';

export const OWN_ADDRESS = '203.0.113.7';

/** Owner is an organization with a project. */
export interface Owner extends Tenant {
  readonly projectId: string;
}

interface Answer<Data> {
  readonly status: number;
  readonly data: Data;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface DomainsStage {
  readonly dns: DnsServer;
  readonly domains: Domains;
  /** Organizations that were told that their apps answer at other names. */
  readonly served: string[];
  readonly failures: unknown[];
  /** Milliseconds from the start of the stage. */
  moveTo(elapsedMs: number): void;
  owner(): Promise<Owner>;
  call(
    method: 'POST' | 'DELETE',
    question: { readonly owner: Owner; readonly path?: string; readonly name?: string },
  ): Promise<Answer<CustomDomain>>;
  list(owner: Owner): Promise<Answer<{ readonly items: readonly CustomDomain[] }>>;
  close(): Promise<void>;
}

/** openDomainsStage has the feature's routes on a real database, and a DNS of its own. */
export async function openDomainsStage(db: Database): Promise<DomainsStage> {
  const dns = await startDnsServer();
  const principals = new Map<string, Principal>();
  const app: FastifyInstance = await createHttpShell(principals);
  const served: string[] = [];
  const failures: unknown[] = [];
  const startedAt = Date.now();
  let elapsedMs = 0;
  const domains = createDomains({
    db,
    secretKey: 'a key that only these tests have, 32 long',
    publicUrl: 'https://flow.example.net',
    previewDomain: 'apps.example.net',
    dnsServers: [dns.address],
    trustedProxies: [],
    audit: createAudit(db),
    clock: { now: () => new Date(startedAt + elapsedMs), monotonicMs: () => elapsedMs },
    findProject: async (organizationId, handle) => {
      const [project] = await db.select().from(projects).where(eq(projects.id, handle));
      if (project?.organizationId !== organizationId) throw new AppError('not_found');
      return project;
    },
    onServedChanged: (organizationId) => void served.push(organizationId),
    onError: (error) => void failures.push(error),
  });
  registerDomainRoutes(app, domains.service);
  dns.records.set('flow.example.net', [{ type: 'A', name: 'flow.example.net', data: OWN_ADDRESS }]);

  async function ask<Data>(
    method: 'GET' | 'POST' | 'DELETE',
    { owner, path = '', name }: Parameters<DomainsStage['call']>[1],
  ): Promise<Answer<Data>> {
    const token = `token-${randomUUID()}`;
    principals.set(token, owner.principal);
    const response = await app.inject({
      method,
      url: `/api/v1/projects/${owner.projectId}/domains${path}`,
      headers: { authorization: `Bearer ${token}` },
      ...(name !== undefined && { payload: { name } }),
    });
    return { status: response.statusCode, ...response.json<Omit<Answer<Data>, 'status'>>() };
  }

  return {
    ...{ dns, domains, served, failures },
    moveTo: (moment) => void (elapsedMs = moment),
    async owner() {
      const tenant = await seedTenant(db);
      return { ...tenant, projectId: await seedProject(db, tenant) };
    },
    call: ask,
    list: (owner) => ask('GET', { owner }),
    async close() {
      await domains.close();
      await app.close();
      dns.close();
    },
  };
}

/** enterRecords does in the DNS what the answer says: the proof always, the way here where asked. */
export function enterRecords(
  { dns }: DomainsStage,
  { proof, targets }: CustomDomain,
  { leadsHere = true } = {},
): void {
  const texts = dns.records.get(proof.name) ?? [];
  dns.records.set(proof.name, [...texts, { type: 'TXT', name: proof.name, data: proof.value }]);
  const [alias] = targets;
  if (leadsHere && alias)
    dns.records.set(alias.name, [{ type: 'CNAME', name: alias.name, data: alias.value }]);
}
