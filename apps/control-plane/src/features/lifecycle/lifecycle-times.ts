import {
  LifecyclePolicySchema,
  type LifecyclePolicy,
} from '@spt-flow/shared/domain/lifecycle-policy';
import type { LifecycleWorkspace } from './lifecycle-repository.ts';

/** LifecycleTimes is how long a workspace lives without use; 0: for ever. */
export type LifecycleTimes = Readonly<Record<keyof LifecyclePolicy, number>>;

/** timesOf is what a workspace's template says, else its organization, else the configuration. */
export function timesOf(
  workspace: Pick<LifecycleWorkspace, 'templateLifecycle' | 'organizationLifecycle'>,
  configured: LifecycleTimes,
): LifecycleTimes {
  const ofOrganization = timesOfOrganization(workspace.organizationLifecycle, configured);
  return over(LifecyclePolicySchema.parse(workspace.templateLifecycle ?? {}), ofOrganization);
}

/** timesOfOrganization is what an organization says, else the configuration. */
export function timesOfOrganization(stored: unknown, configured: LifecycleTimes): LifecycleTimes {
  return over(LifecyclePolicySchema.parse(stored ?? {}), configured);
}

function over(said: LifecyclePolicy, otherwise: LifecycleTimes): LifecycleTimes {
  return {
    idleMinutes: said.idleMinutes ?? otherwise.idleMinutes,
    dormantDays: said.dormantDays ?? otherwise.dormantDays,
    deleteDays: said.deleteDays ?? otherwise.deleteDays,
  };
}
