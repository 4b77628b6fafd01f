import { and, desc, eq, ne, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { templates, templateVersions, users, workspaces } from '@spt-flow/db/schema';
import { hasHandle } from '../../lib/handle.ts';
import { pageOrder } from '../../lib/page-order.ts';
import type { Position } from '../../lib/pagination.ts';
import { visibleTo, type Viewer } from '../project-access/index.ts';

const TEMPLATES = pageOrder(templates.createdAt, templates.id);
const VERSIONS = pageOrder(templateVersions.createdAt, templateVersions.id);

export type TemplateRow = typeof templates.$inferSelect;
export type VersionRow = typeof templateVersions.$inferSelect & { createdByName: string | null };
export type TemplateChange = Partial<
  Pick<TemplateRow, 'displayName' | 'icon' | 'description' | 'deprecation' | 'activeVersion'>
>;
export type TemplatesRepository = ReturnType<typeof createTemplatesRepository>;

interface Page {
  readonly before: Position | undefined;
  readonly limit: number;
}

interface WorkspacesAsked {
  /** Undefined: the control plane itself. */
  readonly viewer?: Viewer;
  readonly handles?: readonly string[] | undefined;
  readonly limit: number;
}

/** What the API tells besides the row. Columns of the row are named in full: inside they would be taken for others. */
const COUNTS = {
  latestVersion: sql<number>`(select coalesce(max(v.number), 0) from template_versions v where v.template_id = templates.id)`,
  isBuiltIn: sql<boolean>`exists (select from template_versions v where v.template_id = templates.id and v.source ->> 'kind' = 'built-in')`,
  workspaceCount: sql<number>`(select count(*)::int from workspaces w where w.template_id = templates.id and w.organization_id = templates.organization_id and w.actual_state <> 'deleted')`,
  outdatedCount: sql<number>`(select count(*)::int from workspaces w where w.template_id = templates.id and w.organization_id = templates.organization_id and w.actual_state <> 'deleted' and w.template_version <> templates.active_version)`,
};

export type TemplateWithCounts = Awaited<ReturnType<TemplatesRepository['list']>>[number];

export function createTemplatesRepository(db: Database) {
  const withCounts = () => db.select({ row: templates, ...COUNTS }).from(templates);
  const withNames = (tx: Queryable) =>
    tx
      .select({ row: templateVersions, createdByName: users.name })
      .from(templateVersions)
      .leftJoin(users, eq(users.id, templateVersions.createdBy));

  return {
    transaction: db.transaction.bind(db),

    async list(organizationId: string, { before, limit }: Page) {
      return withCounts()
        .where(
          and(eq(templates.organizationId, organizationId), before && TEMPLATES.olderThan(before)),
        )
        .orderBy(...TEMPLATES.orderBy)
        .limit(limit);
    },

    async find(organizationId: string, handle: string) {
      const [found] = await withCounts().where(
        and(eq(templates.organizationId, organizationId), hasHandle(templates, handle)),
      );
      return found;
    },

    /** The row of that name, which nobody else changes until the transaction ends; it is made when there is none. */
    async lockNamed(values: typeof templates.$inferInsert, tx: Queryable): Promise<TemplateRow> {
      await tx.insert(templates).values(values).onConflictDoNothing();
      const [row] = await tx
        .select()
        .from(templates)
        .where(
          and(eq(templates.organizationId, values.organizationId), eq(templates.name, values.name)),
        )
        .for('update');
      if (!row) throw new Error('the template is neither there nor new');
      return row;
    },

    async lock(id: string, tx: Queryable): Promise<TemplateRow | undefined> {
      const [row] = await tx.select().from(templates).where(eq(templates.id, id)).for('update');
      return row;
    },

    async update(id: string, change: TemplateChange, tx: Queryable): Promise<void> {
      await tx.update(templates).set(change).where(eq(templates.id, id));
    },

    async remove(id: string, tx: Queryable): Promise<void> {
      await tx.delete(templates).where(eq(templates.id, id));
    },

    /** Those that wait for an owner are the system's, and go with it. */
    async countWorkspaces(
      { id, organizationId }: Pick<TemplateRow, 'id' | 'organizationId'>,
      tx: Queryable,
    ): Promise<number> {
      return tx.$count(
        workspaces,
        and(
          eq(workspaces.templateId, id),
          eq(workspaces.organizationId, organizationId),
          ne(workspaces.actualState, 'deleted'),
        ),
      );
    },

    async insertVersion(
      values: Omit<typeof templateVersions.$inferInsert, 'number'>,
      tx: Queryable,
    ): Promise<typeof templateVersions.$inferSelect> {
      const number = sql<number>`(select coalesce(max(v.number), 0) + 1 from template_versions v where v.template_id = ${values.templateId})`;
      const [row] = await tx
        .insert(templateVersions)
        .values({ ...values, number })
        .returning();
      if (!row) throw new Error('insert returned no row');
      return row;
    },

    async version(
      templateId: string,
      number: number,
      tx: Queryable = db,
    ): Promise<VersionRow | undefined> {
      const [found] = await withNames(tx).where(
        and(eq(templateVersions.templateId, templateId), eq(templateVersions.number, number)),
      );
      return found && { ...found.row, createdByName: found.createdByName };
    },

    async latestBuiltIn(templateId: string, tx: Queryable) {
      const [row] = await tx
        .select()
        .from(templateVersions)
        .where(
          and(
            eq(templateVersions.templateId, templateId),
            sql`${templateVersions.source} ->> 'kind' = 'built-in'`,
          ),
        )
        .orderBy(desc(templateVersions.number))
        .limit(1);
      return row;
    },

    async versions(templateId: string, { before, limit }: Page): Promise<VersionRow[]> {
      const found = await withNames(db)
        .where(
          and(eq(templateVersions.templateId, templateId), before && VERSIONS.olderThan(before)),
        )
        .orderBy(...VERSIONS.orderBy)
        .limit(limit);
      return found.map(({ row, createdByName }) => ({ ...row, createdByName }));
    },

    async archive(id: string, archivedAt: Date | null, tx: Queryable): Promise<void> {
      await tx.update(templateVersions).set({ archivedAt }).where(eq(templateVersions.id, id));
    },

    /** Those of one template, or of them those that are named. */
    async workspacesOf(
      { id, organizationId }: Pick<TemplateRow, 'id' | 'organizationId'>,
      { viewer, handles, limit }: WorkspacesAsked,
    ) {
      const named = sql.param(handles ?? []);
      return db
        .select({ row: workspaces, ownerName: users.name })
        .from(workspaces)
        .innerJoin(users, eq(users.id, workspaces.ownerId))
        .where(
          and(
            eq(workspaces.templateId, id),
            eq(workspaces.organizationId, organizationId),
            ne(workspaces.actualState, 'deleted'),
            viewer && visibleTo(viewer, workspaces.projectId),
            handles &&
              sql`(${workspaces.name} = any(${named}::text[]) or ${workspaces.id}::text = any(${named}::text[]))`,
          ),
        )
        .orderBy(workspaces.name)
        .limit(limit);
    },
  };
}
