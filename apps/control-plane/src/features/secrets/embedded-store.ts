import type { Queryable } from '@spt-flow/db/client';
import type { Secret } from '@spt-flow/shared/api/secrets';
import { AppError } from '@spt-flow/shared/domain/errors';
import { MAX_SECRETS_OF_SCOPE } from '@spt-flow/shared/domain/secret-name';
import type { Clock } from '../../lib/clock.ts';
import { createSecretSeal } from './secret-seal.ts';
import type { NewValue, SecretChange, SecretScope, SecretStore } from './secret-store.ts';
import type { SecretRow, SecretsRepository } from './secrets-repository.ts';

const KEPT_VERSIONS = 10;

export interface EmbeddedStoreDeps {
  readonly repository: SecretsRepository;
  readonly secretKey: string;
  readonly clock: Clock;
}

/** createEmbeddedStore keeps secrets in the database, encrypted with a key that is not there. */
export function createEmbeddedStore(deps: EmbeddedStoreDeps): SecretStore {
  const { repository, clock } = deps;
  const seal = createSecretSeal(deps.secretKey, repository);

  async function addValue(
    scope: SecretScope,
    { name, value, by, ifVersion, record }: NewValue,
    tx: Queryable,
  ): Promise<Secret> {
    const { id, version: before } = await lockOrAdd(scope, name, tx);
    if (ifVersion !== undefined && ifVersion !== before)
      throw new AppError('conflict', `Somebody else has set ${name} meanwhile`);
    const { organizationId } = scope;
    const version = before + 1;
    const sealed = await seal.seal({ id, organizationId, name, version }, value, tx);
    await repository.addVersion(
      { secretId: id, organizationId, version, createdBy: by, ...sealed },
      tx,
    );
    await repository.forgetVersions(id, version - KEPT_VERSIONS, tx);
    await record({ version }, tx);
    const changedAt = clock.now().toISOString();
    return { name, version, changedAt, changedBy: null, isDeleted: false };
  }

  async function lockOrAdd(scope: SecretScope, name: string, tx: Queryable): Promise<SecretRow> {
    const found = await repository.lock(scope, name, tx);
    if (found) return found;
    if ((await repository.count(scope, tx)) >= MAX_SECRETS_OF_SCOPE)
      throw new AppError('limit_reached', `There are ${MAX_SECRETS_OF_SCOPE} secrets already`);
    await repository.add(scope, name, tx);
    const added = await repository.lock(scope, name, tx);
    if (!added) throw new AppError('conflict');
    return added;
  }

  async function locked(scope: SecretScope, { name }: SecretChange, tx: Queryable) {
    const row = await repository.lock(scope, name, tx);
    if (!row) throw new AppError('not_found', `There is no secret ${name}`);
    return row;
  }

  return {
    kind: 'embedded',
    // The database is asked anew each time: where it does not answer, nothing does.
    state: () => ({ problem: null, answeredAt: clock.now().toISOString() }),

    async list(scope) {
      const rows = await repository.list(scope);
      return rows.map(({ secret, changedBy, changedAt }) => ({
        ...{ name: secret.name, version: secret.version, changedBy },
        changedAt: (secret.deletedAt ?? changedAt)?.toISOString() ?? null,
        isDeleted: secret.deletedAt !== null,
      }));
    },

    async values(scopes) {
      const opened = await seal.openAll(await repository.values(scopes));
      return scopes.map(
        (scope) =>
          new Map(
            opened
              .filter(({ row }) => isIn(scope, row))
              .map(({ row, value }) => [row.name, value] as const),
          ),
      );
    },

    put: (scope, value) => repository.transaction((tx) => addValue(scope, value, tx)),

    remove: (scope, change) =>
      repository.transaction(async (tx) => {
        const { id, version, deletedAt } = await locked(scope, change, tx);
        if (change.forever) await repository.remove(id, tx);
        else if (deletedAt !== null)
          throw new AppError('not_found', `${change.name} is deleted already`);
        else await repository.setDeleted(id, clock.now(), tx);
        await change.record({ version }, tx);
      }),

    async versions(scope, name) {
      const rows = await repository.versions(scope, name);
      const deletedAt = rows[0]?.deletedAt;
      const deleted = { change: 'delete' as const, isKept: false, changedBy: null };
      return [
        ...(deletedAt
          ? [{ ...deleted, version: rows[0]?.version ?? 1, changedAt: deletedAt.toISOString() }]
          : []),
        ...rows.map(({ version, changedAt, changedBy }) => ({
          ...{ version, changedBy, change: 'set' as const, isKept: true },
          changedAt: changedAt.toISOString(),
        })),
      ];
    },

    async restore(scope, change) {
      const rows = await repository.versions(scope, change.name);
      const row = rows.find(({ version }) => version === change.version);
      if (!row) throw new AppError('not_found', `Version ${change.version} is not kept`);
      const [opened] = await seal.openAll([row]);
      const value = opened?.value ?? '';
      return repository.transaction((tx) => addValue(scope, { ...change, value }, tx));
    },

    rotateKey: (organizationId, record) =>
      repository.transaction(async (tx) => {
        const reencrypted = await seal.rotate(organizationId, tx);
        await record(reencrypted, tx);
        return reencrypted;
      }),
  };
}

function isIn(
  { kind, id }: SecretScope,
  row: Pick<SecretRow, 'projectId' | 'userId' | 'workspaceId'>,
): boolean {
  const owners = {
    project: row.projectId,
    person: row.userId,
    workspace: row.workspaceId,
  };
  const owner = Object.values(owners).find((each) => each !== null) ?? null;
  return kind === 'organization' ? owner === null : owners[kind] === id;
}
