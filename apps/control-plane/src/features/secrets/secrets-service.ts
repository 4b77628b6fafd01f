import type {
  Secret,
  SecretStoreState,
  SecretVersion,
  SecretScopeKind,
} from '@spt-flow/shared/api/secrets';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { ProjectLevel } from '@spt-flow/shared/domain/project-access';
import { permits } from '@spt-flow/shared/domain/roles';
import { secretNameFault, secretValueFault } from '@spt-flow/shared/domain/secret-name';
import type { Audit } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { ProjectAccess } from '../project-access/index.ts';
import type { SecretChange, SecretScope, SecretStore } from './secret-store.ts';
import type { SecretsRepository } from './secrets-repository.ts';
import type { Announce } from './secrets-notice.ts';

type Needed = Readonly<Record<'project' | 'workspace', ProjectLevel>>;

/** ScopeOf is a scope as people name it. */
export interface ScopeOf {
  readonly scope: SecretScopeKind;
  readonly of?: string | undefined;
}

export interface Asked extends ScopeOf {
  readonly name: string;
  readonly correlationId: string;
}

export interface SecretsServiceDeps {
  readonly store: SecretStore;
  readonly repository: Pick<SecretsRepository, 'project'>;
  readonly audit: Audit;
  readonly findWorkspace: (
    organizationId: string,
    handle: string,
  ) => Promise<{ readonly id: string }>;
  /** Whether they may go that far in the project of a thing. */
  readonly admit: ProjectAccess['admit'];
  readonly announce: Announce;
}

export interface SecretsService {
  storeState(): SecretStoreState;
  list(principal: Principal, scope: ScopeOf): Promise<Secret[]>;
  put(
    principal: Principal,
    asked: Asked,
    input: { value: string; ifVersion?: number | undefined; restartApps: boolean },
  ): Promise<Secret>;
  remove(principal: Principal, asked: Asked, options: { forever: boolean }): Promise<void>;
  versions(principal: Principal, asked: ScopeOf & { name: string }): Promise<SecretVersion[]>;
  restore(
    principal: Principal,
    asked: Asked,
    input: { version: number; restartApps: boolean },
  ): Promise<Secret>;
  rotateKey(principal: Principal, correlationId: string): Promise<number>;
}

/** createSecretsService lets people set secrets; no way leads back to a value, for anybody. */
export function createSecretsService(deps: SecretsServiceDeps): SecretsService {
  const { store, audit, announce } = deps;

  async function scopeFor(
    principal: Principal,
    { scope, of }: ScopeOf,
    needed: Needed = { project: 'view', workspace: 'view' },
  ): Promise<SecretScope> {
    const { organizationId, userId } = principal;
    if (scope === 'organization') return { kind: scope, organizationId, id: null };
    if (scope === 'person') return { kind: scope, organizationId, id: userId };
    if (of === undefined) throw new AppError('validation_failed', `Say which ${scope} it is for`);
    await deps.admit(principal, { noun: `${scope}s`, handle: of }, needed[scope]);
    if (scope === 'workspace')
      return { kind: scope, organizationId, id: (await deps.findWorkspace(organizationId, of)).id };
    const id = await deps.repository.project(organizationId, of);
    if (id === undefined) throw new AppError('not_found');
    return { kind: scope, organizationId, id };
  }

  async function changeable(principal: Principal, asked: Asked): Promise<SecretScope> {
    const fault = secretNameFault(asked.name);
    if (fault !== undefined) throw new AppError('secret_refused', fault);
    if (asked.scope === 'organization' && !permits(principal.scope, 'admin'))
      throw new AppError('not_permitted', 'Secrets of the whole organization are set by admins');
    return scopeFor(principal, asked, { project: 'manage', workspace: 'use' });
  }

  function changeOf(
    principal: Principal,
    asked: Asked,
    { scope, action, restart = false }: { scope: SecretScope; action: string; restart?: boolean },
  ): SecretChange {
    const { name, correlationId } = asked;
    const { organizationId, kind, id } = scope;
    const entryOf = (version: number) => ({
      ...{ organizationId, correlationId, principal: auditName(principal) },
      action: `secret.${action}`,
      target: id ?? organizationId,
      detail: { scope: kind, name, version },
    });
    return {
      name,
      by: principal.userId,
      intend: ({ version }) => audit.record(entryOf(version)),
      async record({ version }, tx) {
        if (tx) await audit.record(entryOf(version), tx);
        await announce({ organizationId, restart }, tx);
      },
    };
  }

  const nameOfUser = (principal: Principal, secret: Secret): Secret => ({
    ...secret,
    changedBy: principal.userName,
  });

  return {
    storeState: () => ({ kind: store.kind, ...store.state() }),
    list: async (principal, scope) => store.list(await scopeFor(principal, scope)),

    async put(principal, asked, { value, ifVersion, restartApps: restart }) {
      const scope = await changeable(principal, asked);
      const fault = secretValueFault(value);
      if (fault !== undefined) throw new AppError('secret_refused', fault);
      const change = changeOf(principal, asked, { scope, action: 'set', restart });
      return nameOfUser(principal, await store.put(scope, { ...change, value, ifVersion }));
    },

    async remove(principal, asked, { forever }) {
      const scope = await changeable(principal, asked);
      const action = forever ? 'destroy' : 'delete';
      await store.remove(scope, { ...changeOf(principal, asked, { scope, action }), forever });
    },

    versions: async (principal, asked) =>
      store.versions(await scopeFor(principal, asked), asked.name),

    async restore(principal, asked, { version, restartApps: restart }) {
      const scope = await changeable(principal, asked);
      const change = changeOf(principal, asked, { scope, action: 'restore', restart });
      return nameOfUser(principal, await store.restore(scope, { ...change, version }));
    },

    async rotateKey(principal, correlationId) {
      const { organizationId } = principal;
      const entry = { organizationId, correlationId, principal: auditName(principal) };
      return store.rotateKey(organizationId, (reencrypted, tx) =>
        audit.record(
          {
            ...entry,
            action: 'secret_key.rotate',
            target: organizationId,
            detail: { reencrypted },
          },
          tx,
        ),
      );
    },
  };
}
