import { createHash } from 'node:crypto';
import { SECRET_SCOPES, type WorkspaceSecrets } from '@spt-flow/shared/api/secrets';
import { MAX_SECRETS_BYTES } from '@spt-flow/shared/domain/secret-name';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { SecretScope, SecretStore } from './secret-store.ts';
import type { SecretsRepository } from './secrets-repository.ts';

type ScopeName = WorkspaceSecrets['items'][number]['scope'];

export interface WorkspaceContent {
  readonly organizationId: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Where each of them comes from. */
  readonly scopes: ReadonlyMap<string, ScopeName>;
  /** Of the names and values. */
  readonly hash: string;
}

/** Variables that leases of another system give everybody of an organization. */
export type LeasedVariables = (organizationId: string) => Readonly<Record<string, string>>;

/** contentFor puts together what a workspace gets: the narrower scope wins; undefined: there is no such workspace. */
export function contentFor(deps: {
  readonly repository: Pick<SecretsRepository, 'ofWorkspace'>;
  readonly store: Pick<SecretStore, 'values'>;
  readonly leased: LeasedVariables;
}) {
  return async (workspaceId: string): Promise<WorkspaceContent | undefined> => {
    const found = await deps.repository.ofWorkspace(workspaceId);
    if (!found) return undefined;
    const { organizationId, projectId, ownerId } = found;
    const ids = { organization: null, project: projectId, person: ownerId, workspace: workspaceId };
    const wanted: SecretScope[] = SECRET_SCOPES.filter(
      (kind) => kind !== 'person' || ownerId !== null,
    ).map((kind) => ({ kind, organizationId, id: ids[kind] }));
    const values = await deps.store.values(wanted);
    const leased = Object.entries(deps.leased(organizationId));
    const variables = new Map<string, string>(leased);
    const scopes = new Map<string, ScopeName>(leased.map(([name]) => [name, 'lease']));
    for (const [index, { kind }] of wanted.entries())
      for (const [name, value] of values[index] ?? []) {
        variables.set(name, value);
        scopes.set(name, kind);
      }
    const sorted = [...variables].toSorted(([a], [b]) => (a < b ? -1 : 1));
    assertSize(sorted);
    const hash = createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
    return { organizationId, variables: Object.fromEntries(sorted), scopes, hash };
  };
}

function assertSize(variables: readonly (readonly [string, string])[]): void {
  const bytes = variables.reduce(
    (sum, [name, value]) => sum + name.length + Buffer.byteLength(value),
    0,
  );
  if (bytes > MAX_SECRETS_BYTES)
    throw new AppError(
      'limit_reached',
      `The secrets of the workspace have ${bytes} bytes together, and ${MAX_SECRETS_BYTES} is the most`,
    );
}
