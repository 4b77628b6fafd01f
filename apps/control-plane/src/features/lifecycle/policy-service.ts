import type { OrganizationLifecycle } from '@spt-flow/shared/api/lifecycle-policy';
import {
  LIFECYCLE_TIMES,
  LifecyclePolicySchema,
  type LifecyclePolicy,
} from '@spt-flow/shared/domain/lifecycle-policy';
import type { Audit } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { timesOfOrganization, type LifecycleTimes } from './lifecycle-times.ts';
import type { PolicyRepository } from './policy-repository.ts';

/** Null: as configured; absent: as before. */
type PolicyChange = { readonly [K in keyof LifecyclePolicy]: LifecyclePolicy[K] | null };

export type PolicyService = ReturnType<typeof createPolicyService>;

/** createPolicyService tells and changes how long the workspaces of an organization live without use. */
export function createPolicyService(deps: {
  readonly repository: PolicyRepository;
  readonly audit: Audit;
  readonly configured: LifecycleTimes;
}) {
  const { repository, configured } = deps;

  async function get(organizationId: string): Promise<OrganizationLifecycle> {
    const stored = await repository.of(organizationId);
    return {
      own: LifecyclePolicySchema.parse(stored ?? {}),
      effective: timesOfOrganization(stored, configured),
    };
  }

  return {
    get,

    async set(principal: Principal, change: PolicyChange, correlationId: string) {
      const { organizationId } = principal;
      await repository.transaction(async (tx) => {
        const before = LifecyclePolicySchema.parse(
          (await repository.lock(organizationId, tx)) ?? {},
        );
        const own = changed(before, change);
        await repository.set(organizationId, own, tx);
        const entry = { action: 'lifecycle.policy', target: organizationId, detail: { ...own } };
        const by = { principal: auditName(principal), correlationId };
        await deps.audit.record({ organizationId, ...by, ...entry }, tx);
      });
      return get(organizationId);
    },
  };
}

function changed(before: LifecyclePolicy, change: PolicyChange): LifecyclePolicy {
  const next: LifecyclePolicy = {};
  for (const time of LIFECYCLE_TIMES) {
    const value = change[time] === undefined ? before[time] : change[time];
    if (value != null) next[time] = value;
  }
  return next;
}
