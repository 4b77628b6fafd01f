import { and, asc, desc, eq, inArray, isNull, lt, lte, or, sql, type SQL } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import {
  organizationMembers,
  organizations,
  projects,
  secretKeys,
  secrets,
  secretVersions,
  users,
  workspaces,
} from '@spt-flow/db/schema';
import { lockCount } from '../../lib/count-lock-repository.ts';
import { hasHandle } from '../../lib/handle.ts';
import type { SecretScope } from './secret-store.ts';

export const SECRETS_CHANNEL = 'spt_flow_secrets';

export type SecretRow = typeof secrets.$inferSelect;
export type SecretsRepository = ReturnType<typeof createSecretsRepository>;

/** The column that holds the id of each kind of scope. */
const OWNERS = {
  project: secrets.projectId,
  person: secrets.userId,
  workspace: secrets.workspaceId,
} as const;

function isOf(scope: SecretScope): SQL | undefined {
  const owners = Object.entries(OWNERS).map(([kind, column]) =>
    kind === scope.kind && scope.id !== null ? eq(column, scope.id) : isNull(column),
  );
  return and(eq(secrets.organizationId, scope.organizationId), ...owners);
}

function ownerOf({ kind, organizationId, id }: SecretScope) {
  return {
    organizationId,
    projectId: kind === 'project' ? id : null,
    userId: kind === 'person' ? id : null,
    workspaceId: kind === 'workspace' ? id : null,
  };
}

const VALUE = {
  id: secrets.id,
  organizationId: secrets.organizationId,
  name: secrets.name,
  version: secretVersions.version,
  keyId: secretVersions.keyId,
  sealedValue: secretVersions.sealedValue,
  projectId: secrets.projectId,
  userId: secrets.userId,
  workspaceId: secrets.workspaceId,
};
const NEWEST = and(
  eq(secretVersions.secretId, secrets.id),
  eq(secretVersions.version, secrets.version),
);

export function createSecretsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),
    ...scopes(db),
    ...keys(db),

    async list(scope: SecretScope) {
      return db
        .select({ secret: secrets, changedBy: users.name, changedAt: secretVersions.createdAt })
        .from(secrets)
        .leftJoin(secretVersions, NEWEST)
        .leftJoin(users, eq(users.id, secretVersions.createdBy))
        .where(isOf(scope))
        .orderBy(asc(secrets.name));
    },

    /** The newest version of what is not deleted. */
    async values(wanted: readonly SecretScope[]) {
      return db
        .select(VALUE)
        .from(secrets)
        .innerJoin(secretVersions, NEWEST)
        .where(and(isNull(secrets.deletedAt), or(...wanted.map(isOf))));
    },

    async lock(scope: SecretScope, name: string, tx: Queryable): Promise<SecretRow | undefined> {
      const [row] = await tx
        .select()
        .from(secrets)
        .where(and(isOf(scope), eq(secrets.name, name)))
        .for('update');
      return row;
    },

    /** Version 0 until a value is added; nothing happens where there is one by that name. */
    async add(scope: SecretScope, name: string, tx: Queryable): Promise<void> {
      await tx
        .insert(secrets)
        .values({ ...ownerOf(scope), name, version: 0 })
        .onConflictDoNothing();
    },

    /** Until the transaction ends nobody else counts them. */
    async count(scope: SecretScope, tx: Queryable): Promise<number> {
      await lockCount(tx, `secrets:${scope.id ?? scope.organizationId}`);
      return tx.$count(secrets, isOf(scope));
    },

    async addVersion(values: typeof secretVersions.$inferInsert, tx: Queryable): Promise<void> {
      await tx.insert(secretVersions).values(values);
      await tx
        .update(secrets)
        .set({ version: values.version, deletedAt: null })
        .where(eq(secrets.id, values.secretId));
    },

    async forgetVersions(secretId: string, upTo: number, tx: Queryable): Promise<void> {
      await tx
        .delete(secretVersions)
        .where(and(eq(secretVersions.secretId, secretId), lte(secretVersions.version, upTo)));
    },

    async setDeleted(id: string, at: Date, tx: Queryable): Promise<void> {
      await tx.update(secrets).set({ deletedAt: at }).where(eq(secrets.id, id));
    },

    async remove(id: string, tx: Queryable): Promise<void> {
      await tx.delete(secrets).where(eq(secrets.id, id));
    },

    /** What was deleted before then, and what belongs to workspaces that are gone. */
    async purge(before: Date): Promise<void> {
      const gone = db
        .select({ id: workspaces.id })
        .from(workspaces)
        .where(eq(workspaces.actualState, 'deleted'));
      await db
        .delete(secrets)
        .where(or(lt(secrets.deletedAt, before), inArray(secrets.workspaceId, gone)));
    },

    async versions(scope: SecretScope, name: string) {
      return db
        .select({
          ...VALUE,
          deletedAt: secrets.deletedAt,
          changedAt: secretVersions.createdAt,
          changedBy: users.name,
        })
        .from(secrets)
        .innerJoin(secretVersions, eq(secretVersions.secretId, secrets.id))
        .leftJoin(users, eq(users.id, secretVersions.createdBy))
        .where(and(isOf(scope), eq(secrets.name, name)))
        .orderBy(desc(secretVersions.version));
    },

    /** Every process on this database hears of it, once it is committed. */
    async announce(notice: string, tx: Queryable = db): Promise<void> {
      await tx.execute(sql`select pg_notify(${SECRETS_CHANNEL}, ${notice})`);
    },
  };
}

function scopes(db: Database) {
  return {
    async project(organizationId: string, handle: string): Promise<string | undefined> {
      const [row] = await db
        .select({ id: projects.id })
        .from(projects)
        .where(
          and(
            eq(projects.organizationId, organizationId),
            hasHandle({ name: projects.slug, id: projects.id }, handle),
          ),
        );
      return row?.id;
    },

    /** Whose secrets a workspace gets; the owner's none when they are not of the organization any more. */
    async ofWorkspace(workspaceId: string) {
      const [row] = await db
        .select({
          organizationId: workspaces.organizationId,
          projectId: workspaces.projectId,
          ownerId: organizationMembers.userId,
        })
        .from(workspaces)
        .leftJoin(
          organizationMembers,
          and(
            eq(organizationMembers.userId, workspaces.ownerId),
            eq(organizationMembers.organizationId, workspaces.organizationId),
          ),
        )
        .where(eq(workspaces.id, workspaceId));
      return row;
    },
  };
}

function keys(db: Database) {
  return {
    async lockOrganization(organizationId: string, tx: Queryable): Promise<void> {
      await tx
        .select({ id: organizations.id })
        .from(organizations)
        .where(eq(organizations.id, organizationId))
        .for('update');
    },

    /** What is encrypted now; it stays valid until the transaction ends. */
    async currentKey(organizationId: string, tx: Queryable) {
      const [row] = await tx
        .select()
        .from(secretKeys)
        .where(and(eq(secretKeys.organizationId, organizationId), isNull(secretKeys.retiredAt)))
        .orderBy(desc(secretKeys.createdAt))
        .limit(1)
        .for('share');
      return row;
    },

    async keysByIds(ids: readonly string[]) {
      return ids.length === 0
        ? []
        : db
            .select()
            .from(secretKeys)
            .where(inArray(secretKeys.id, [...ids]));
    },

    /** Who is about to encrypt with one of them is waited for, and whoever comes later waits. */
    async lockKeys(organizationId: string, tx: Queryable) {
      return tx
        .select()
        .from(secretKeys)
        .where(eq(secretKeys.organizationId, organizationId))
        .for('update');
    },

    async addKey(values: typeof secretKeys.$inferInsert, tx: Queryable): Promise<void> {
      await tx.insert(secretKeys).values(values);
    },

    async removeKeys(ids: readonly string[], tx: Queryable): Promise<void> {
      if (ids.length > 0) await tx.delete(secretKeys).where(inArray(secretKeys.id, [...ids]));
    },

    async allVersions(organizationId: string, tx: Queryable) {
      return tx
        .select(VALUE)
        .from(secretVersions)
        .innerJoin(secrets, eq(secrets.id, secretVersions.secretId))
        .where(eq(secretVersions.organizationId, organizationId));
    },

    async reseal(
      { id, version }: { id: string; version: number },
      sealed: { keyId: string; sealedValue: string },
      tx: Queryable,
    ): Promise<void> {
      await tx
        .update(secretVersions)
        .set(sealed)
        .where(and(eq(secretVersions.secretId, id), eq(secretVersions.version, version)));
    },
  };
}
