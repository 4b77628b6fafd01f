import { AppError } from '@spt-flow/shared/domain/errors';
import {
  WorkspaceSettingsSchema,
  type WorkspaceSettings,
} from '@spt-flow/shared/domain/workspace-settings';
import type { WorkspaceRow } from './workspaces-repository.ts';

/** WorkspacePlan is what is about to be done, before anything of it is. */
export interface WorkspacePlan {
  readonly action: 'create' | 'start' | 'update';
  readonly organizationId: string;
  readonly provider: string;
  readonly settings: WorkspaceSettings;
}

export type PolicyVerdict =
  | { readonly permitted: true }
  | {
      readonly permitted: false;
      /** Name of the rule, for whoever keeps the rules. */
      readonly rule: string;
      /** What it refuses, as the end of "The policy … refuses". */
      readonly refuses: string;
      /** What to do instead. */
      readonly remedy: string;
    };

/** WorkspacePolicy decides before a workspace is created, started or updated. A throw is no permission. */
export type WorkspacePolicy = (plan: WorkspacePlan) => PolicyVerdict | Promise<PolicyVerdict>;

/** requirePermission throws AppError `policy_refused`, which names the rule and the remedy. */
export async function requirePermission(
  policy: WorkspacePolicy,
  plan: WorkspacePlan,
): Promise<void> {
  const verdict = await policy(plan);
  if (verdict.permitted) return;
  const { rule, remedy } = verdict;
  throw new AppError('policy_refused', `${refusalText(verdict)}. ${remedy}`, {
    details: { rule, remedy },
  });
}

export function refusalText({ rule, refuses }: Extract<PolicyVerdict, { permitted: false }>) {
  return `The policy "${rule}" refuses ${refuses}`;
}

/** settingsOf returns what the next start of a workspace uses. */
export function settingsOf(
  workspace: Pick<WorkspaceRow, 'settings' | 'nextStart'>,
): WorkspaceSettings {
  return WorkspaceSettingsSchema.parse(workspace.nextStart ?? workspace.settings);
}

/** startPlanOf is the plan of starting a workspace as it is. */
export function startPlanOf(workspace: WorkspaceRow): WorkspacePlan {
  const { organizationId, provider } = workspace;
  return { action: 'start', organizationId, provider, settings: settingsOf(workspace) };
}
