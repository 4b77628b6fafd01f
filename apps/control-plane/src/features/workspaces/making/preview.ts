import { HOURS_PER_MONTH } from '@spt-flow/shared/api/costs';
import type { Refusal, WorkspacePreview } from '@spt-flow/shared/api/workspace-preview';
import { AppError, describeError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceSettings } from '@spt-flow/shared/domain/workspace-settings';
import {
  assertFit,
  type Choosing,
  type PlaceChoice,
  type Placed,
  type ProviderName,
  type Providers,
  ABSENT_REMEDY,
  absentWords,
} from '../../providers/index.ts';
import {
  denialText,
  type WorkspacePlan,
  type WorkspacePolicy,
  type Prices,
  isUsedUp,
  runningQuotas,
  usedUpText,
  type RunningLimits,
} from '../policy/index.ts';
import type { WorkspacesRepository } from '../workspaces-repository.ts';

/** Who would make what; without settings only the quotas are told. */
interface PreviewedWorkspace extends Choosing {
  readonly organizationId: string;
  readonly ownerId: string;
  readonly settings: WorkspaceSettings | undefined;
  /** The server that is to host it. */
  readonly hostId?: string | undefined;
}

type Planned = Pick<WorkspacePlan, 'settings'> & Placed;

interface PreviewedCost {
  /** Of everything that runs in the organization, the new one included; null: nothing has a price. */
  readonly perHour: number | null;
  readonly currency: string;
}

export type PreviewWorkspace = (
  workspace: PreviewedWorkspace,
) => Promise<
  Pick<WorkspacePreview, 'plan' | 'places' | 'quotas' | 'refusals'> & { cost: PreviewedCost }
>;

/** createWorkspacePreview asks the policy, the quotas and the prices about a workspace, and makes nothing. */
export function createWorkspacePreview(deps: {
  readonly repository: Pick<WorkspacesRepository, 'running'>;
  readonly policy: WorkspacePolicy;
  readonly limits: RunningLimits;
  readonly prices: Prices;
  readonly defaultProvider: ProviderName;
  readonly providers: Pick<Providers, 'byName' | 'of'>;
  readonly places: PlaceChoice;
}): PreviewWorkspace {
  const { prices, defaultProvider, places, providers } = deps;

  async function placeProblem(plan: Planned, choosing: Choosing) {
    const hindrance = plan.hostId ? undefined : await places.hindrance(choosing);
    if (hindrance) return hindrance;
    if (!plan.hostId && !providers.byName.has(plan.provider))
      return { message: absentWords(plan.provider), remedy: ABSENT_REMEDY };
    return unfitness(() => assertFit(providers.of(plan), plan.settings));
  }

  async function placeRefusals(plan: Planned, choosing: Choosing): Promise<Refusal[]> {
    const words = await placeProblem(plan, choosing);
    if (!words) return [];
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

  return async ({ organizationId, ownerId, settings, hostId, ...choosing }) => {
    const running = await deps.repository.running(organizationId);
    const quotas = runningQuotas(deps.limits, ownerId, running);
    const chosen = choosing.byTemplate ?? choosing.wanted ?? defaultProvider;
    const provider = hostId === undefined ? chosen : 'docker';
    const plan = settings && { provider, hostId, settings };
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
      places: choosing.byTemplate === null ? await places.offered() : [],
      quotas: quotas.map(({ rule, limit, used }) => ({ rule, limit, used })),
      refusals: [
        ...(plan ? await placeRefusals(plan, choosing) : []),
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

function unfitness(assert: () => void) {
  try {
    assert();
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { message: error.message, remedy: describeError(error.code).next };
  }
}
