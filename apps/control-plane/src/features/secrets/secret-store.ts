import type { Queryable } from '@spt-flow/db/client';
import type {
  Secret,
  SecretScopeKind,
  SecretStoreState,
  SecretVersion,
} from '@spt-flow/shared/api/secrets';

/** SecretScope is whose a secret is; without `id` the organization's own. */
export interface SecretScope {
  readonly kind: SecretScopeKind;
  readonly organizationId: string;
  /** Of the project, person or workspace. */
  readonly id: string | null;
}

export interface SecretChange {
  readonly name: string;
  readonly by: string;
  /** Writes down what is about to be done, where the store is not the database. */
  intend(secret: { readonly version: number }): Promise<void>;
  /** Writes down what was done with the change, where the store is the database; tells of it in any case. */
  record(secret: { readonly version: number }, tx?: Queryable): Promise<void>;
}

export interface NewValue extends SecretChange {
  readonly value: string;
  /** `conflict` unless the newest version is this one. */
  readonly ifVersion?: number | undefined;
}

/** SecretStore keeps values. All of it fails with an AppError that says what is wrong with the store. */
export interface SecretStore {
  readonly kind: SecretStoreState['kind'];
  state(): Omit<SecretStoreState, 'kind'>;
  list(scope: SecretScope): Promise<Secret[]>;
  /** What is valid now of each scope, in their order; what was last known where the store does not answer. */
  values(scopes: readonly SecretScope[]): Promise<ReadonlyMap<string, string>[]>;
  put(scope: SecretScope, value: NewValue): Promise<Secret>;
  /** AppError `not_found` where there is none. */
  remove(scope: SecretScope, change: SecretChange & { readonly forever: boolean }): Promise<void>;
  versions(scope: SecretScope, name: string): Promise<SecretVersion[]>;
  /** The value of an earlier version becomes the newest one. */
  restore(scope: SecretScope, change: SecretChange & { readonly version: number }): Promise<Secret>;
  /** Encrypts everything anew; answers how much it was, and tells it before that counts. */
  rotateKey(
    organizationId: string,
    record: (reencrypted: number, tx: Queryable) => Promise<void>,
  ): Promise<number>;
}
