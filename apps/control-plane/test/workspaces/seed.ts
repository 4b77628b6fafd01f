import { randomUUID } from 'node:crypto';
import type { Database } from '@spt-flow/db/client';
import {
  organizationMembers,
  organizations,
  projects,
  users,
  workspaces,
} from '@spt-flow/db/schema';
import type { Principal } from '../../src/lib/principal.ts';

export interface Tenant {
  readonly organizationId: string;
  readonly userId: string;
  readonly principal: Principal;
}

/** seedTenant makes an organization with one developer. */
export async function seedTenant(db: Database): Promise<Tenant> {
  const name = `tenant-${randomUUID().slice(0, 8)}`;
  const [organization] = await db.insert(organizations).values({ name, slug: name }).returning();
  const [user] = await db
    .insert(users)
    .values({ name: 'Dana Developer', email: `${name}@example.org` })
    .returning();
  if (!organization || !user) throw new Error('seed failed');
  const ids = { organizationId: organization.id, userId: user.id };
  await db.insert(organizationMembers).values({ ...ids, role: 'developer' });
  const principal: Principal = {
    ...ids,
    userName: user.name,
    userEmail: user.email,
    role: 'developer',
    scope: 'write',
    organizationName: 'Team',
    organizationSlug: 'team',
    via: { kind: 'login', id: randomUUID() },
  };
  return { ...ids, principal };
}

/** seedPerson makes somebody else, who belongs to nothing yet, and returns their id. */
export async function seedPerson(db: Database): Promise<string> {
  const email = `${randomUUID()}@example.org`;
  const [person] = await db.insert(users).values({ name: 'Somebody', email }).returning();
  if (!person) throw new Error('seed failed');
  return person.id;
}

export async function seedProject(
  db: Database,
  tenant: Omit<Tenant, 'principal'>,
  {
    repositoryUrl = null,
    cloneOptions = {},
  }: { repositoryUrl?: string | null; cloneOptions?: Record<string, unknown> } = {},
): Promise<string> {
  const slug = `project-${randomUUID().slice(0, 8)}`;
  const { organizationId, userId } = tenant;
  const [project] = await db
    .insert(projects)
    .values({ organizationId, userId, name: slug, slug, repositoryUrl, cloneOptions })
    .returning();
  if (!project) throw new Error('seed failed');
  return project.id;
}

/** seedWorkspace makes the row only; nothing runs for it. */
export async function seedWorkspace(db: Database, tenant: Tenant) {
  const [workspace] = await db
    .insert(workspaces)
    .values({
      organizationId: tenant.organizationId,
      ownerId: tenant.userId,
      projectId: await seedProject(db, tenant),
      name: `workspace-${randomUUID().slice(0, 8)}`,
      provider: 'local',
      desiredState: 'running',
      appPort: 3001,
    })
    .returning();
  if (!workspace) throw new Error('seed failed');
  return workspace;
}
