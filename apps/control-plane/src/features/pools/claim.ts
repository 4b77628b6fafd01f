import { isDeepStrictEqual } from 'node:util';
import type { Transaction } from '@spt-flow/db/client';
import { WorkspaceSettingsSchema } from '@spt-flow/shared/domain/workspace-settings';
import type { AgentHub } from '../agents/index.ts';
import type { Blueprint, WorkspaceRow } from '../workspaces/index.ts';
import type { PoolMember, PoolsRepository } from './pools-repository.ts';

export interface ClaimRequest {
  readonly organizationId: string;
  readonly blueprint: Blueprint;
  /** Undefined: where workspaces run that ask for none. */
  readonly provider: WorkspaceRow['provider'] | undefined;
  readonly repositoryUrl: string | null;
}

/** Claimed is a workspace that nobody else gets, once the transaction is committed. */
export interface Claimed {
  readonly workspaceId: string;
  readonly projectId: string;
  /** False: its project or its environment has to be made anew. */
  readonly isAsMade: boolean;
}

/** createClaim returns what takes a ready workspace that fits; undefined: one has to be made. */
export function createClaim({
  repository,
  hub,
  defaultProvider,
}: {
  readonly repository: Pick<PoolsRepository, 'members' | 'take'>;
  readonly hub: Pick<AgentHub, 'isOnline'>;
  readonly defaultProvider: WorkspaceRow['provider'];
}) {
  return async (request: ClaimRequest, tx: Transaction): Promise<Claimed | undefined> => {
    const { blueprint, organizationId, repositoryUrl, provider = defaultProvider } = request;
    const { templateId, nextStart } = blueprint;
    // What holds for one start only needs a start.
    if (templateId === null || nextStart !== null) return undefined;
    const fitting = (await repository.members(templateId, tx)).filter(
      (member) =>
        member.organizationId === organizationId &&
        fits(member, { blueprint, provider }) &&
        hub.isOnline(member.id),
    );
    if (fitting.length === 0) return undefined;
    const taken = await repository.take(
      fitting.map(({ id }) => id),
      tx,
    );
    const member = fitting.find(({ id }) => id === taken?.workspaceId);
    if (!taken || !member) return undefined;
    const { environment } = WorkspaceSettingsSchema.parse(member.settings);
    const isSame = isDeepStrictEqual(environment, blueprint.settings.environment);
    return { ...taken, isAsMade: isSame && repositoryUrl === null };
  };
}

/** Variables can be changed while it runs, but not taken away; everything else is as its machine was made. */
function fits(
  member: PoolMember,
  { blueprint, provider }: Pick<ClaimRequest, 'blueprint' | 'provider'>,
): boolean {
  if (member.templateVersion !== blueprint.templateVersion || member.provider !== provider)
    return false;
  const { environment: before, ...machine } = WorkspaceSettingsSchema.parse(member.settings);
  const { environment, ...wanted } = blueprint.settings;
  return (
    isDeepStrictEqual(machine, wanted) && Object.keys(before).every((name) => name in environment)
  );
}
