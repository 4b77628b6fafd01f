import { isDeepStrictEqual } from 'node:util';
import { WorkspaceSettingsSchema } from '@spt-flow/shared/domain/workspace-settings';
import type { Blueprint, WorkspaceRow } from '../workspaces/index.ts';
import type { PoolMember } from './pools-repository.ts';

const HOUR_MS = 3_600_000;
/** What keeps it from starting may pass; a machine that makes one after the other anew helps nobody. */
const FAILED_LIMIT_MS = 5 * 60_000;

/** What one that is kept ready is made of now. */
export interface PoolModel {
  readonly blueprint: Blueprint;
  readonly provider: WorkspaceRow['provider'];
}

export interface PoolFacts {
  readonly size: number;
  readonly maxAgeHours: number;
  /** Undefined: the template can't be used. */
  readonly model: PoolModel | undefined;
  /** The oldest first. */
  readonly members: readonly PoolMember[];
  /** Their image has changed since. */
  readonly outdated: ReadonlySet<string>;
  readonly now: Date;
}

/** planPool says which members have to go, and how many new ones are to be made. */
export function planPool(facts: PoolFacts): { remove: string[]; add: number } {
  const { size, members, model } = facts;
  const fresh = members.filter((member) => !isStale(member, facts));
  const wanted = model ? size : 0;
  const surplus = fresh.slice(wanted);
  const kept = fresh.length - surplus.length;
  const stale = members.filter((member) => !fresh.includes(member));
  return { remove: [...stale, ...surplus].map(({ id }) => id), add: wanted - kept };
}

function isStale(member: PoolMember, { model, maxAgeHours, outdated, now }: PoolFacts): boolean {
  const { desiredState, actualState, templateVersion, provider, settings } = member;
  if (!model || desiredState !== 'running' || outdated.has(member.id)) return true;
  const { blueprint } = model;
  if (templateVersion !== blueprint.templateVersion || provider !== model.provider) return true;
  if (!isDeepStrictEqual(WorkspaceSettingsSchema.parse(settings), blueprint.settings)) return true;
  const hasFailed =
    actualState === 'failed' && now.getTime() - member.stateSince.getTime() > FAILED_LIMIT_MS;
  return hasFailed || now.getTime() - member.createdAt.getTime() > maxAgeHours * HOUR_MS;
}
