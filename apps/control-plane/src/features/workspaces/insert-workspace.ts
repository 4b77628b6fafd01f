import type { Queryable } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import { slugVariant, slugify } from '@spt-flow/shared/domain/slug';
import {
  WorkspaceSettingsSchema,
  type WorkspaceSettings,
} from '@spt-flow/shared/domain/workspace-settings';
import type { Audit } from '../../lib/audit.ts';
import { chooseAppPort } from './app-ports.ts';
import { makingOf, type Blueprint } from './blueprint.ts';
import { requirePermission, type WorkspacePolicy } from './policy.ts';
import type { ProviderName, Providers } from './providers.ts';
import { assertMayRun, type RunningLimits } from './running-limits.ts';
import type { WorkspaceRow, WorkspacesRepository } from './workspaces-repository.ts';

const HOST_LABEL_ATTEMPTS = 50;

export interface NewWorkspace {
  readonly organizationId: string;
  readonly ownerId: string;
  readonly projectId: string;
  readonly name: string;
  readonly correlationId: string;
  readonly provider?: ProviderName | undefined;
  /** Absent: as workspaces are made without a template. */
  readonly blueprint?: Blueprint | undefined;
  /** Its files come from elsewhere: it is not to run before they are there. */
  readonly isFilled?: boolean | undefined;
  /** Without a blueprint: what differs from the default. */
  readonly settings?: ChosenSettings | undefined;
}

export type ChosenSettings = {
  readonly [Name in 'size' | 'isolation']?: WorkspaceSettings[Name] | undefined;
};

interface InsertDeps {
  readonly repository: WorkspacesRepository;
  readonly providers: Providers;
  readonly defaultProvider: ProviderName;
  readonly policy: WorkspacePolicy;
  readonly limits: RunningLimits;
  readonly audit: Audit;
}

/** insertWorkspace stores what is to run; AppError `name_taken`, `limit_reached` or what policy says. */
export async function insertWorkspace(
  deps: InsertDeps,
  input: NewWorkspace,
  tx: Queryable,
): Promise<WorkspaceRow> {
  const { correlationId, provider = deps.defaultProvider, blueprint, isFilled, ...values } = input;
  const { organizationId } = input;
  const settings = blueprint?.settings ?? WorkspaceSettingsSchema.parse(input.settings ?? {});
  await requirePermission(deps.policy, { action: 'create', organizationId, provider, settings });
  if (!isFilled) await assertMayRun(deps, { ...values, provider }, tx);
  const taken = await deps.repository.lockPorts(tx);
  const { ownsMachine } = deps.providers.of({ provider });
  // What is free on somebody else's machine can't be seen from here.
  const appPort = await chooseAppPort(taken, ownsMachine ? undefined : async () => true);
  const hostLabel = await chooseHostLabel(deps.repository, input.name, tx);
  const row = await deps.repository.insert(
    {
      ...values,
      ...(blueprint && makingOf(blueprint)),
      ...{ appPort, hostLabel, provider },
      desiredState: isFilled ? 'stopped' : 'running',
    },
    tx,
  );
  if (!row) throw new AppError('name_taken', `There is a workspace "${input.name}" already`);
  await deps.audit.record(
    {
      organizationId,
      principal: `user:${input.ownerId}`,
      action: 'workspace.create',
      target: row.id,
      correlationId,
    },
    tx,
  );
  return row;
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
