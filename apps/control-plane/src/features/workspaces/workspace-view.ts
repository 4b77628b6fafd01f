import type { Transition, Workspace, WorkspaceTemplate } from '@spt-flow/shared/api/workspaces';
import * as z from 'zod';
import { TemplateBeforeSchema } from './making/index.ts';
import { diskUseOf, diskWords, type DiskUse, costPerHour, type Prices } from './policy/index.ts';
import type { WorkspaceProvider, Providers } from '../providers/index.ts';
import type { TransitionRow } from './transitions/index.ts';
import type { WorkspaceRow, WorkspacesRepository } from './workspaces-repository.ts';

type Surroundings = Awaited<ReturnType<WorkspacesRepository['surroundings']>>;

/** What is true at the moment, and stands in no row. */
interface Now {
  readonly online: boolean;
  readonly prices: Prices;
  readonly providers: Pick<Providers, 'of'>;
}

export function toWorkspace(
  row: WorkspaceRow,
  surroundings: Surroundings,
  { online, prices, providers }: Now,
): Workspace {
  const { id, projectId, name, provider, desiredState, actualState, failure } = row;
  const agent = surroundings?.agent;
  const disk = diskUseOf(row, surroundings?.lifecycle?.diskBytes);
  return {
    ...{ id, projectId, name, provider, desiredState, actualState, failure },
    host: hostOf(row, surroundings),
    warnings: [
      ...row.warnings,
      ...devcontainerWarnings(row),
      ...absenceWarning(row, providers.of(row)),
      ...diskWarning(disk),
    ],
    stateSince: row.stateSince.toISOString(),
    agent: {
      online,
      lastSeenAt: agent?.lastSeenAt?.toISOString() ?? null,
      version: agent?.version ?? null,
      rssBytes: agent?.rssBytes ?? null,
      quarantined: agent?.quarantine?.state === 'open',
      address: agent?.address ?? null,
    },
    template: toTemplate(row, surroundings),
    ownerId: row.ownerId,
    ownerName: surroundings?.ownerName ?? '',
    costPerHour: costPerHour(prices, row),
    stopWarning: stopWarningOf(row, surroundings),
    dormancy: dormancyOf(row, surroundings),
    disk,
    createdAt: row.createdAt.toISOString(),
  };
}

function hostOf({ hostId }: WorkspaceRow, surroundings: Surroundings): Workspace['host'] {
  return hostId === null ? null : { id: hostId, name: surroundings?.hostName ?? '' };
}

function toTemplate(
  { templateVersion, templateBefore }: WorkspaceRow,
  surroundings: Surroundings,
): WorkspaceTemplate | null {
  const { name, displayName, icon, activeVersion, deprecation, minCliVersion } =
    surroundings?.template ?? {};
  if (!name || !displayName || templateVersion === null) return null;
  return {
    ...{ name, displayName, icon: icon ?? '', version: templateVersion },
    activeVersion: activeVersion ?? null,
    deprecation: deprecation ?? null,
    minCliVersion: minCliVersion ?? null,
    versionBefore: TemplateBeforeSchema.nullable().parse(templateBefore)?.version ?? null,
  };
}

/** One from before it was started warned nobody of now. */
function stopWarningOf(row: WorkspaceRow, surroundings: Surroundings): Workspace['stopWarning'] {
  const { stopsAt: at = null, stopReason: reason = null } = surroundings?.lifecycle ?? {};
  if (row.actualState !== 'running' || !at || at <= row.stateSince) return null;
  return { at: at.toISOString(), reason: reason ?? '' };
}

/** Whoever starts it ends it, which is noticed a little later. */
function dormancyOf(row: WorkspaceRow, surroundings: Surroundings): Workspace['dormancy'] {
  const { dormantSince = null, deletesAt = null } = surroundings?.lifecycle ?? {};
  if (!dormantSince || row.desiredState !== 'stopped') return null;
  return { since: dormantSince.toISOString(), deletesAt: deletesAt?.toISOString() ?? null };
}

/** A workspace that did not start because of it has it in its failure. */
function absenceWarning(
  { desiredState, failure }: WorkspaceRow,
  { awaySince: since }: WorkspaceProvider,
): string[] {
  if (!since || desiredState === 'stopped' || failure !== null) return [];
  return [`What runs it does not answer since ${since.toISOString().slice(0, 19)}Z`];
}

function diskWarning(disk: DiskUse | null): string[] {
  const words = diskWords(disk);
  return words === undefined ? [] : [words];
}

const StateSchema = z.object({ devcontainer: z.object({ warnings: z.array(z.string()) }) });

function devcontainerWarnings({ providerState }: WorkspaceRow): readonly string[] {
  return StateSchema.safeParse(providerState).data?.devcontainer.warnings ?? [];
}

export function toTransition(row: TransitionRow): Transition {
  const { id, kind, state, reason, steps, failure } = row;
  return {
    ...{ id, kind, state, reason, steps, failure },
    startedAt: row.startedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
