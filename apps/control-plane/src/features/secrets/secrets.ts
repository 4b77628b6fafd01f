import type { Database } from '@spt-flow/db/client';
import { SecretsStateSchema, type SecretsState } from '@spt-flow/shared/agent-protocol/secrets';
import type { WorkspaceSecrets } from '@spt-flow/shared/api/secrets';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { KnownValue } from '@spt-flow/shared/agent-protocol/known-values';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { AgentHub } from '../agents/index.ts';
import { createEmbeddedStore } from './embedded-store.ts';
import { openSecretsDesk } from './secrets-desk.ts';
import { parseNotice, type Announce } from './secrets-notice.ts';
import type { SecretScope } from './secret-store.ts';
import { createSecretsRepository } from './secrets-repository.ts';
import {
  createSecretsService,
  type SecretsService,
  type SecretsServiceDeps,
} from './secrets-service.ts';
import { openVault } from './vault/open-vault.ts';
import type { AskVault } from './vault/vault-session.ts';
import type { VaultSettings } from './vault/vault-settings.ts';
import { contentFor, type WorkspaceContent } from './workspace-secrets.ts';

/** Within which what changed in Vault is in workspaces, less a spread so that replicas don't ask together. */
const POLL_MS = 28_000;
const PURGE_INTERVAL_MS = 3_600_000;
const KEEP_DELETED_MS = 30 * 24 * 3_600_000;

export interface SecretsDeps {
  readonly db: Database;
  /** With the agents that are connected to this replica. */
  readonly here: Pick<AgentHub, 'request' | 'onPresence'>;
  /** With all agents. */
  readonly hub: Pick<AgentHub, 'request'>;
  readonly secretKey: string;
  /** Null: secrets are in the database. */
  readonly vault: (VaultSettings & { readonly restartApps: boolean }) | null;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly findWorkspace: (
    organizationId: string,
    handle: string,
  ) => Promise<{ readonly id: string }>;
  readonly admit: SecretsServiceDeps['admit'];
  readonly onError: (error: unknown, subject: string) => void;
}

export interface Secrets {
  readonly service: SecretsService;
  ofWorkspace(principal: Principal, handle: string): Promise<WorkspaceSecrets>;
  restartApps(principal: Principal, handle: string, correlationId: string): Promise<void>;
  /** Brings a workspace what it has not; AppError where that fails. */
  deliver(workspaceId: string): Promise<void>;
  /** What must not be seen of a workspace; where the store does not answer, what was last known. */
  knownValues(workspaceId: string): Promise<readonly KnownValue[]>;
  /** What is bound to a project or to its organization. */
  boundTo(owner: {
    readonly organizationId: string;
    readonly projectId: string;
  }): Promise<readonly KnownValue[]>;
  /** For whom else Vault does something; undefined without one. */
  readonly askVault: AskVault | undefined;
  /** What decides which secrets workspaces get has changed, such as their owners. */
  changed(organizationId: string): Promise<void>;
  /** Another replica, or this one, changed secrets. */
  onNotice(payload: string): void;
  /** Notices may have been missed. */
  checkAll(): void;
  start(): void;
  close(): Promise<void>;
}

/** createSecrets puts the feature together; from now on workspaces whose agents connect get their secrets. */
export function createSecrets(deps: SecretsDeps): Secrets {
  const { db, hub, audit, clock, vault, onError } = deps;
  const repository = createSecretsRepository(db);
  const late: { onChanged?: () => void } = {};
  const opened = vault
    ? openVault({ settings: vault, onError, onChanged: () => late.onChanged?.() })
    : undefined;
  const { secretKey } = deps;
  const store = opened?.store ?? createEmbeddedStore({ repository, secretKey, clock });
  const contentOf = contentFor({
    ...{ repository, store },
    leased: () => opened?.sources.variables() ?? {},
  });
  const desk = openSecretsDesk({ hub: deps.here, contentOf, audit, onError });
  const announce: Announce = (notice, tx) => repository.announce(JSON.stringify(notice), tx);
  const service = createSecretsService({
    ...{ store, repository, audit, findWorkspace: deps.findWorkspace, admit: deps.admit },
    announce,
  });
  const deliverAll = (organizationId?: string, restart = false) =>
    void desk
      .deliverAll(organizationId, { restart })
      .catch((error: unknown) => onError(error, 'secrets'));
  const poll = () => deliverAll(undefined, vault?.restartApps ?? false);
  late.onChanged = poll;
  const timers: NodeJS.Timeout[] = [];

  return {
    service,
    deliver: desk.deliver,
    knownValues: createKnownValues(contentOf, onError),
    askVault: opened?.ask,

    async boundTo({ organizationId, projectId }) {
      const scopes: SecretScope[] = [
        { kind: 'organization', organizationId, id: null },
        { kind: 'project', organizationId, id: projectId },
      ];
      const [wide = [], narrow = []] = await store.values(scopes);
      return Array.from(new Map([...wide, ...narrow]), ([name, value]) => ({ name, value }));
    },

    async ofWorkspace({ organizationId }, handle) {
      const { id } = await deps.findWorkspace(organizationId, handle);
      const [content, delivered] = await Promise.all([
        contentOf(id).catch(emptyIfUnavailable),
        stateOf(hub, id),
      ]);
      const items = Array.from(content?.scopes ?? [], ([name, scope]) => ({ name, scope }));
      return { items, store: service.storeState(), delivered };
    },

    async restartApps(principal, handle, correlationId) {
      const { organizationId } = principal;
      const { id } = await deps.findWorkspace(organizationId, handle);
      const content = await contentOf(id);
      if (!content) throw new AppError('not_found');
      await audit.record({
        ...{ organizationId, correlationId, target: id, principal: auditName(principal) },
        action: 'secret.restart',
      });
      await putSecrets(hub, id, content);
    },

    changed: (organizationId) => announce({ organizationId, restart: false }),

    onNotice(payload) {
      const { organizationId, restart } = parseNotice(payload);
      deliverAll(organizationId, restart);
    },
    checkAll: () => deliverAll(),

    start() {
      void opened?.start();
      const purge = () =>
        repository
          .purge(new Date(clock.now().getTime() - KEEP_DELETED_MS))
          .catch((error: unknown) => onError(error, 'secrets'));
      timers.push(setInterval(() => void purge(), PURGE_INTERVAL_MS));
      if (opened) timers.push(setInterval(poll, POLL_MS * (1 - 0.2 * Math.random())));
      for (const timer of timers) timer.unref();
    },
    async close() {
      timers.forEach(clearInterval);
      desk.close();
      await opened?.close();
    },
  };
}

/** The names are not known then either; that it does not answer is told beside them. */
function emptyIfUnavailable(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'secret_store_unavailable') return undefined;
  throw error;
}

async function putSecrets(
  hub: Pick<AgentHub, 'request'>,
  workspaceId: string,
  { variables }: WorkspaceContent,
): Promise<void> {
  const { stream } = await hub.request(
    workspaceId,
    { method: 'secrets.put', restart: true, withinMs: 0 },
    { body: Buffer.from(JSON.stringify({ variables })) },
  );
  stream.resume();
}

/** Null: it is not there to be asked. */
async function stateOf(
  hub: Pick<AgentHub, 'request'>,
  workspaceId: string,
): Promise<SecretsState | null> {
  try {
    const { stream, data } = await hub.request(workspaceId, { method: 'secrets.state' });
    stream.end();
    stream.resume();
    return SecretsStateSchema.parse(data);
  } catch (error) {
    if (error instanceof AppError && error.family !== 'internal') return null;
    throw error;
  }
}

/** What cannot be read can't be hidden, and must not keep people from working either. */
function createKnownValues(
  contentOf: (workspaceId: string) => Promise<WorkspaceContent | undefined>,
  onError: SecretsDeps['onError'],
) {
  return async (workspaceId: string): Promise<readonly KnownValue[]> => {
    const content = await contentOf(workspaceId).catch((error: unknown) => {
      onError(error, workspaceId);
      return undefined;
    });
    return Object.entries(content?.variables ?? {}).map(([name, value]) => ({ name, value }));
  };
}
