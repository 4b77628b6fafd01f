import { HOURS_PER_MONTH } from '@spt-flow/shared/api/costs';
import type { Refusal, WorkspacePreview } from '@spt-flow/shared/api/workspace-preview';
import type { WorkspaceSettings } from '@spt-flow/shared/domain/workspace-settings';
import { denialText, type WorkspacePlan, type WorkspacePolicy } from './policy.ts';
import type { Prices } from './prices.ts';
import type { ProviderName, Providers } from './providers.ts';
import { ABSENT_REMEDY, absentWords } from './providers/absent-provider.ts';
import { isUsedUp, runningQuotas, usedUpText, type RunningLimits } from './running-limits.ts';
import type { WorkspacesRepository } from './workspaces-repository.ts';

/** Who would make what; without settings only the quotas are told. */
interface PreviewedWorkspace {
  readonly organizationId: string;
  readonly ownerId: string;
  readonly provider: ProviderName | null;
  readonly settings: WorkspaceSettings | undefined;
}

interface PreviewedCost {
  /** Of everything that runs in the organization, the new one included; null: nothing has a price. */
  readonly perHour: number | null;
  readonly currency: string;
}

export type PreviewWorkspace = (
  workspace: PreviewedWorkspace,
) => Promise<Pick<WorkspacePreview, 'plan' | 'quotas' | 'refusals'> & { cost: PreviewedCost }>;

/** createWorkspacePreview asks the policy, the quotas and the prices about a workspace, and makes nothing. */
export function createWorkspacePreview(deps: {
  readonly repository: Pick<WorkspacesRepository, 'running'>;
  readonly policy: WorkspacePolicy;
  readonly limits: RunningLimits;
  readonly prices: Prices;
  readonly defaultProvider: ProviderName;
  readonly providers: Pick<Providers, 'byName'>;
}): PreviewWorkspace {
  const { prices, defaultProvider } = deps;

  function placeRefusals(name: string): Refusal[] {
    if (deps.providers.byName.has(name)) return [];
    const words = { message: absentWords(name), remedy: ABSENT_REMEDY };
    return [{ kind: 'policy', rule: 'provider', ...words, stop: [], isBlocking: true }];
  }

  async function policyRefusals(
    plan: Pick<WorkspacePlan, 'organizationId' | 'ownerId' | 'provider' | 'settings'>,
  ): Promise<Refusal[]> {
    const denials = await deps.policy({ action: 'create', template: null, ...plan });
    return denials.map((denial): Refusal => {
      const { rule, remedy } = denial;
      const message = denialText(denial);
      return { kind: 'policy', rule, message, remedy, stop: [], isBlocking: true };
    });
  }

  return async ({ organizationId, ownerId, provider, settings }) => {
    const running = await deps.repository.running(organizationId);
    const quotas = runningQuotas(deps.limits, ownerId, running);
    const plan = settings && { provider: provider ?? defaultProvider, settings };
    const perHour = plan ? prices.perHour(plan) : null;
    const others = running.map((one) => prices.perHour(one) ?? 0);
    const money = (amount: number) => ({ amount, currency: prices.currency });
    return {
      plan: plan
        ? {
            provider: plan.provider,
            size: plan.settings.size,
            isolation: plan.settings.isolation,
            image: plan.settings.image,
            costPerHour: perHour === null ? null : money(perHour),
            costPerMonth: perHour === null ? null : money(perHour * HOURS_PER_MONTH),
          }
        : null,
      quotas: quotas.map(({ rule, limit, used }) => ({ rule, limit, used })),
      refusals: [
        ...(plan ? placeRefusals(plan.provider) : []),
        ...(plan ? await policyRefusals({ organizationId, ownerId, ...plan }) : []),
        ...quotas.filter(isUsedUp).map((quota): Refusal => ({
          kind: 'quota',
          rule: quota.rule,
          message: usedUpText(quota),
          remedy: 'Stop a workspace that is not needed, or ask an admin',
          stop: [...quota.names],
          isBlocking: true,
        })),
      ],
      cost: {
        perHour: prices.arePaid ? others.reduce((sum, one) => sum + one, perHour ?? 0) : null,
        currency: prices.currency,
      },
    };
  };
}
