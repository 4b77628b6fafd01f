import { AppError } from '@spt-flow/shared/domain/errors';
import type { Denial } from '@spt-flow/shared/domain/policy';
import {
  WorkspaceSettingsSchema,
  type WorkspaceSettings,
} from '@spt-flow/shared/domain/workspace-settings';
import type { Audit } from '../../../lib/audit.ts';
import type { ContainerPlan } from '../../providers/index.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

/** WorkspacePlan is what is about to be done, before anything of it is. */
export interface WorkspacePlan {
  readonly action: 'create' | 'start' | 'update';
  readonly organizationId: string;
  /** Null: nobody has chosen it yet. */
  readonly ownerId: string | null;
  readonly template: { readonly id: string; readonly version: number } | null;
  readonly provider: string;
  readonly settings: WorkspaceSettings;
  /** What the repository's devcontainer asks for; absent: that is not known yet, or it has none. */
  readonly container?: ContainerPlan | null;
}

/** WorkspacePolicy tells what is denied before a workspace is created, started or updated. A throw is no permission. */
export type WorkspacePolicy = (
  plan: WorkspacePlan,
) => readonly Denial[] | Promise<readonly Denial[]>;

/** Who asked, and of what; for the audit log. */
export interface Asked {
  /** As in the audit log. */
  readonly principal: string;
  readonly target: string;
  readonly correlationId: string;
}

/** Permit throws AppError `policy_refused`, which names the rule and the remedy. Without `asked` nothing is recorded. */
export type Permit = (plan: WorkspacePlan, asked?: Asked) => Promise<void>;

/** createPermit asks the policy, and records each refusal in the audit log. */
export function createPermit({
  policy,
  audit,
  onError,
}: {
  readonly policy: WorkspacePolicy;
  readonly audit: Audit;
  readonly onError: (error: unknown, subject: string) => void;
}): Permit {
  // Not waited for: a transaction that is about to be rolled back may hold the last connection.
  function record({ organizationId, action }: WorkspacePlan, asked: Asked, detail: object): void {
    const entry = { organizationId, ...asked, action: 'workspace.refuse' };
    audit
      .record({ ...entry, detail: { action, ...detail } })
      .catch((error: unknown) => onError(error, asked.target));
  }

  return async (plan, asked) => {
    try {
      const denials = await policy(plan);
      if (denials.length === 0) return;
      if (asked) record(plan, asked, { denials });
      throw refusalOf(denials);
    } catch (error) {
      const isFailure = !(error instanceof AppError) || error.code !== 'policy_refused';
      if (asked && isFailure) record(plan, asked, failureOf(error));
      throw error;
    }
  };
}

function failureOf(error: unknown): object {
  const { reason } = (error instanceof AppError && error.details) || {};
  return { failure: 'policy_failed', ...(reason !== undefined && { reason }) };
}

function refusalOf(denials: readonly Denial[]): AppError {
  const [first, ...others] = denials.map((denial) => ({ ...denial, text: denialText(denial) }));
  return new AppError('policy_refused', first?.text, {
    details: {
      rule: first?.rule,
      remedy: first?.remedy,
      denials,
      issues: others.map(({ rule, text }) => ({ path: [rule], message: text })),
    },
  });
}

/** denialText is one denial for people. */
export function denialText({ rule, reason, remedy }: Denial): string {
  return `The policy "${rule}" refuses this: ${reason}. ${remedy}`;
}

/** settingsOf returns what the next start of a workspace uses. */
export function settingsOf(
  workspace: Pick<WorkspaceRow, 'settings' | 'nextStart'>,
): WorkspaceSettings {
  return WorkspaceSettingsSchema.parse(workspace.nextStart ?? workspace.settings);
}

/** startPlanOf is the plan of starting a workspace as it is. */
export function startPlanOf(workspace: WorkspaceRow): WorkspacePlan {
  const { organizationId, ownerId, provider } = workspace;
  const settings = settingsOf(workspace);
  const template = templateOf(workspace);
  return { action: 'start', organizationId, ownerId, provider, settings, template };
}

/** askedBySystem: a transition asks, on its own way to what somebody wanted. */
export function askedBySystem(
  target: string,
  { correlationId }: { readonly correlationId: string },
): Asked {
  return { principal: 'system', target, correlationId };
}

/** templateOf names the template of what is made of one. */
export function templateOf(
  made: Pick<WorkspaceRow, 'templateId' | 'templateVersion'> | undefined,
): WorkspacePlan['template'] {
  const { templateId: id = null, templateVersion: version = null } = made ?? {};
  return id === null || version === null ? null : { id, version };
}
