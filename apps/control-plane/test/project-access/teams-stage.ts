import { randomUUID } from 'node:crypto';
import type { Database } from '@spt-flow/db/client';
import { organizationMembers } from '@spt-flow/db/schema';
import type { Role } from '@spt-flow/shared/domain/roles';
import { createGroupsRepository, createGroupsService } from '../../src/features/groups/index.ts';
import { registerGroupRoutes } from '../../src/features/groups/index.ts';
import {
  createProjectAccess,
  createProjectAccessRepository,
  createProjectAccessService,
  projectGate,
  registerProjectAccessRoutes,
} from '../../src/features/project-access/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { createHttpShell } from '../support/http-shell.ts';
import { seedPerson, seedTenant, type Tenant } from '../workspaces/seed.ts';

/** What any of the routes answers. */
interface Data {
  readonly id: string;
  readonly name: string;
  readonly access: string;
  readonly level: string;
  readonly mayDecide: boolean;
  readonly grants: readonly { readonly id: string; readonly level: string }[];
  readonly members: readonly { readonly id: string }[];
  readonly projects: number;
}

/** createTeamsStage has an organization with Dana, who owns its projects, and everything that decides who reaches them. */
export async function createTeamsStage(db: Database) {
  const dana = await seedTenant(db);
  const principals = new Map<string, Principal>();
  const audit = createAudit(db);
  const repository = createProjectAccessRepository(db);
  const access = createProjectAccess({ repository, clock: systemClock });
  const changed: string[] = [];
  const onChanged = (organizationId: string) => {
    access.forget();
    changed.push(organizationId);
  };
  const app = await createHttpShell(principals);
  await app.register(projectGate, { access });
  registerProjectAccessRoutes(app, createProjectAccessService({ repository, audit, onChanged }));
  registerGroupRoutes(
    app,
    createGroupsService({
      ...{ repository: createGroupsRepository(db), audit, onChanged },
      tellGroups: ['oidc'],
    }),
  );

  async function join(role: Role = 'developer', tenant: Tenant = dana): Promise<Principal> {
    const userId = await seedPerson(db);
    const { organizationId } = tenant;
    await db.insert(organizationMembers).values({ organizationId, userId, role });
    const scope = role === 'admin' ? 'admin' : role === 'developer' ? 'write' : 'read';
    return { ...tenant.principal, userId, role, scope };
  }

  async function call(as: Principal, question: string, payload?: object) {
    const token = `token-${randomUUID()}`;
    principals.set(token, as);
    const [method = '', path = ''] = question.split(' ');
    const response = await app.inject({
      method: method as 'GET',
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${token}` },
      ...(payload && { payload }),
    });
    const { data, error } = response.json<{ data: Data; error: { code: string } | null }>();
    return { status: response.statusCode, data, code: error?.code };
  }

  return { app, access, changed, dana, join, call };
}

export type TeamsStage = Awaited<ReturnType<typeof createTeamsStage>>;
