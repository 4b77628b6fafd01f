import type { Queryable } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import { slugVariant, slugify } from '@spt-flow/shared/domain/slug';
import {
  WorkspaceSettingsSchema,
  type WorkspaceSettings,
} from '@spt-flow/shared/domain/workspace-settings';
import type { Audit } from '../../../lib/audit.ts';
import { assertFit, type ProviderName, type Providers, absence } from '../../providers/index.ts';
import type { HostsRepository } from '../hosts-repository.ts';
import { chooseAppPort } from '../operations/index.ts';
import { makingOf, type Blueprint } from './blueprint.ts';
import { templateOf, type Permit, assertMayRun, type RunningLimits } from '../policy/index.ts';
import type { ReadyRepository, TakenValues } from './ready-repository.ts';
import type { WorkspaceRow, WorkspacesRepository } from '../workspaces-repository.ts';

const HOST_LABEL_ATTEMPTS = 50;

export interface NewWorkspace {
  readonly organizationId: string;
  readonly ownerId: string;
  readonly projectId: string;
  readonly name: string;
  readonly correlationId: string;
  readonly provider?: ProviderName | undefined;
  /** The server in whose engine it is to run. */
  readonly hostId?: string | undefined;
  /** Absent: as workspaces are made without a template. */
  readonly blueprint?: Blueprint | undefined;
  /** Its files come from elsewhere: it is not to run before they are there. */
  readonly isFilled?: boolean | undefined;
  /** Without a blueprint: what differs from the default. */
  readonly settings?: ChosenSettings | undefined;
  /** One that was kept ready becomes it: its id, which nobody else may have; `isAsMade`: nothing in it has to change. */
  readonly ready?: { readonly id: string; readonly isAsMade: boolean } | undefined;
  /** It is the system's own, and counts toward nobody's limits until somebody claims it. */
  readonly isKeptReady?: true;
}

export type ChosenSettings = {
  readonly [Name in 'size' | 'isolation']?: WorkspaceSettings[Name] | undefined;
};

interface InsertDeps {
  readonly repository: WorkspacesRepository;
  readonly providers: Providers;
  readonly defaultProvider: ProviderName;
  readonly permit: Permit;
  readonly limits: RunningLimits;
  readonly audit: Audit;
  readonly ready: ReadyRepository;
  readonly hosts: Pick<HostsRepository, 'lock'>;
  /** Looks after it; unset: the only one. */
  readonly replicaId?: string | undefined;
}

/** insertWorkspace stores what is to run; AppError `name_taken`, `limit_reached` or what policy says. */
export async function insertWorkspace(
  deps: InsertDeps,
  input: NewWorkspace,
  tx: Queryable,
): Promise<WorkspaceRow> {
  const { correlationId, provider = deps.defaultProvider, blueprint, ready, isFilled } = input;
  const { organizationId, ownerId, projectId, name } = input;
  await assertPermitted(deps, { ...input, provider }, tx);
  if (input.hostId !== undefined) await deps.hosts.lock({ ...input, hostId: input.hostId }, tx);
  const taken = await deps.repository.lockPorts(tx);
  const hostLabel = await chooseHostLabel(deps.repository, name, tx);
  const values = {
    ...{ organizationId, ownerId, projectId, name, hostLabel, provider },
    hostId: input.hostId ?? null,
    ...(input.settings && { settings: input.settings }),
    ...(blueprint && makingOf(blueprint)),
  };
  const row = await (ready
    ? deps.ready.take(ready.id, { values, isAsMade: ready.isAsMade }, tx)
    : insertNew(deps, { values, taken, isFilled }, tx));
  if (!row) throw new AppError('name_taken', `There is a workspace "${input.name}" already`);
  await deps.audit.record(
    {
      organizationId,
      principal: principalOf(input),
      action: 'workspace.create',
      target: row.id,
      correlationId,
      ...(ready && { detail: { wasReady: true } }),
    },
    tx,
  );
  return row;
}

/** That its provider is there and can make it, and that policy and limits let it. */
async function assertPermitted(
  deps: InsertDeps,
  input: NewWorkspace & { readonly provider: ProviderName },
  tx: Queryable,
): Promise<void> {
  const { organizationId, ownerId, provider, hostId, blueprint, correlationId } = input;
  const settings = blueprint?.settings ?? WorkspaceSettingsSchema.parse(input.settings ?? {});
  if (hostId === undefined && !deps.providers.byName.has(provider)) throw absence(provider);
  assertFit(deps.providers.of({ provider, hostId }), settings);
  await deps.permit(
    {
      ...{ action: 'create', organizationId, ownerId, provider, settings },
      template: templateOf(blueprint),
    },
    { principal: principalOf(input), target: input.name, correlationId },
  );
  if (!input.isKeptReady && !input.isFilled)
    await assertMayRun(deps, { organizationId, ownerId, provider }, tx);
}

function principalOf({ isKeptReady, ownerId }: NewWorkspace): string {
  return isKeptReady ? 'system' : `user:${ownerId}`;
}

async function insertNew(
  { repository, providers, replicaId }: InsertDeps,
  {
    values,
    taken,
    isFilled,
  }: { values: TakenValues; taken: Set<number>; isFilled?: boolean | undefined },
  tx: Queryable,
): Promise<WorkspaceRow | undefined> {
  const { ownsMachine, isElsewhere } = providers.of(values);
  // What is free on another machine can't be seen from here.
  const isSeen = ownsMachine && !isElsewhere;
  const appPort = await chooseAppPort(taken, isSeen ? undefined : async () => true);
  const state = isFilled
    ? { desiredState: 'stopped' as const, providerState: { awaitsFiles: true } }
    : { desiredState: 'running' as const };
  return repository.insert({ ...values, ...state, appPort, replicaId }, tx);
}

/** Ports of all workspaces share one domain, names only one organization; the lock on ports is held meanwhile. */
async function chooseHostLabel(
  repository: WorkspacesRepository,
  name: string,
  tx: Queryable,
): Promise<string> {
  const base = slugify(name, 'workspace');
  const taken = await repository.hostLabelsLike(base, tx);
  for (let attempt = 0; attempt < HOST_LABEL_ATTEMPTS; attempt += 1) {
    const label = slugVariant(base, attempt);
    if (!taken.has(label)) return label;
  }
  throw new AppError('name_taken');
}
