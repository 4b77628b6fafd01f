import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import {
  agents,
  projects,
  templates,
  templateVersions,
  users,
  workspaceLifecycles,
  workspaces,
} from '@spt-flow/db/schema';
import { createBatcher } from '../../lib/batcher.ts';

/** A list is one statement, and after a restart thousands of agents come back at once. */
export const LOOKS_AT_ONCE = 200;

/** createSurroundings reads what the API tells of a workspace besides its row; undefined: it is gone. */
export function createSurroundings(db: Database) {
  return createBatcher({
    run: (ids: readonly string[]) => withSurroundings(db, ids),
    maxSize: LOOKS_AT_ONCE,
  });
}

const AGENT_COLUMNS = {
  lastSeenAt: agents.lastSeenAt,
  version: agents.version,
  rssBytes: agents.rssBytes,
  quarantine: agents.quarantine,
  address: agents.address,
};

const TEMPLATE_COLUMNS = {
  name: templates.name,
  displayName: templates.displayName,
  icon: templates.icon,
  activeVersion: templates.activeVersion,
  deprecation: templates.deprecation,
  minCliVersion: sql<string | null>`${templateVersions.definition} ->> 'minCliVersion'`,
};

const LIFECYCLE_COLUMNS = {
  // Drizzle takes the whole for missing when the first column is null.
  workspaceId: workspaceLifecycles.workspaceId,
  stopsAt: workspaceLifecycles.stopsAt,
  stopReason: workspaceLifecycles.stopReason,
  dormantSince: workspaceLifecycles.dormantSince,
  deletesAt: workspaceLifecycles.deletesAt,
  diskBytes: workspaceLifecycles.diskBytes,
};

async function withSurroundings(db: Database, ids: readonly string[]) {
  const rows = await db
    .select({
      row: workspaces,
      ownerName: users.name,
      ownerEmail: users.email,
      repositoryUrl: projects.repositoryUrl,
      cloneOptions: projects.cloneOptions,
      hostName: sql<
        string | null
      >`(select host.name from ${workspaces} host where host.id = ${workspaces.hostId})`,
      agent: AGENT_COLUMNS,
      template: TEMPLATE_COLUMNS,
      lifecycle: LIFECYCLE_COLUMNS,
    })
    .from(workspaces)
    .innerJoin(users, eq(users.id, workspaces.ownerId))
    .innerJoin(projects, eq(projects.id, workspaces.projectId))
    .leftJoin(templates, eq(templates.id, workspaces.templateId))
    .leftJoin(
      templateVersions,
      and(
        eq(templateVersions.templateId, workspaces.templateId),
        eq(templateVersions.number, workspaces.templateVersion),
      ),
    )
    .leftJoin(agents, and(eq(agents.workspaceId, workspaces.id), isNull(agents.revokedAt)))
    .leftJoin(workspaceLifecycles, eq(workspaceLifecycles.workspaceId, workspaces.id))
    // One statement, however many there are: a list would make a statement of its own for each length.
    .where(sql`${workspaces.id} = any(${sql.param(ids)}::uuid[])`);
  const byId = new Map(rows.map((found) => [found.row.id, found]));
  return ids.map((id) => byId.get(id));
}
