import { openBundle } from '@spt-flow/policy/bundle';
import { openPolicy, together, type Policy } from '@spt-flow/policy/policy';
import { PolicyError } from '@spt-flow/policy/policy-error';
import { AppError } from '@spt-flow/shared/domain/errors';
import { withOwnLimits, type PolicyLimits } from '@spt-flow/shared/domain/policy';
import {
  ISOLATION_PROFILES,
  SIZE_LIMITS,
  WORKSPACE_SIZES,
  type IsolationProfile,
  type WorkspaceSize,
} from '@spt-flow/shared/domain/workspace-settings';
import {
  type ContainerPlan,
  capabilityName,
  PROFILE_CAPABILITIES,
  type ServicePlan,
} from '../../providers/index.ts';
import type { WorkspacePlan, WorkspacePolicy } from './policy.ts';
import type { Prices } from './prices.ts';

/** What the operator's settings say of workspaces. */
export interface PolicySettings {
  readonly maxSize: WorkspaceSize;
  readonly maxIsolation: IsolationProfile;
  /** Names of images in which `*` stands for anything; null: any image. */
  readonly images: readonly string[] | null;
  /** Devcontainers may be privileged where their isolation permits it. */
  readonly allowPrivileged: boolean;
}

export interface RegoPolicyDeps {
  readonly settings: PolicySettings;
  /** A file of the operator, which says more than the settings, or something else. */
  readonly own: PolicyLimits;
  readonly prices: Pick<Prices, 'perHour'>;
}

/** Where rules lie. */
interface RulesAt {
  /** Those that are shipped; undefined: beside the program. */
  readonly file?: string;
  /** A folder with rules of the operator; undefined: there are none. */
  readonly bundle?: string | undefined;
}

/**
 * openRegoPolicy reads the rules that are shipped and those of the operator, which judge plans by the operator's limits.
 * AppError `policy_unusable` when one of them is damaged or missing.
 */
export async function openRegoPolicy({
  file,
  bundle,
  ...deps
}: RegoPolicyDeps & RulesAt): Promise<WorkspacePolicy> {
  const shipped = await usable('', openPolicy(file));
  const own = bundle === undefined ? [] : [await usable(`${bundle}: `, openBundle(bundle))];
  return createRegoPolicy(together([shipped, ...own]), deps);
}

async function usable(where: string, opening: Promise<Policy>): Promise<Policy> {
  try {
    return await opening;
  } catch (cause) {
    if (!(cause instanceof PolicyError)) throw cause;
    const message = `The rules for workspaces can not be used: ${where}${cause.message}`;
    throw new AppError('policy_unusable', message, { cause });
  }
}

/** createRegoPolicy judges plans by rules; AppError `policy_failed` when they give no verdict. */
export function createRegoPolicy(
  rules: Policy,
  { settings, own, prices }: RegoPolicyDeps,
): WorkspacePolicy {
  const limits = withOwnLimits(limitsOf(settings), own);
  return (plan) => {
    try {
      return rules.judge('workspace', inputOf(plan, prices), limits);
    } catch (cause) {
      throw failed(cause);
    }
  };
}

function failed(cause: unknown): AppError {
  const reason = cause instanceof PolicyError ? cause.failure : 'no_verdict';
  const message =
    reason === 'too_slow' && cause instanceof PolicyError
      ? `${cause.message}, so nothing is permitted`
      : undefined;
  return new AppError('policy_failed', message, { cause, details: { reason } });
}

function limitsOf({ maxSize, maxIsolation, images, allowPrivileged }: PolicySettings) {
  return {
    workspace: {
      sizes: WORKSPACE_SIZES.slice(0, WORKSPACE_SIZES.indexOf(maxSize) + 1),
      isolations: ISOLATION_PROFILES.slice(0, ISOLATION_PROFILES.indexOf(maxIsolation) + 1),
      image_sources: images && [...images],
      pinned_images: false,
      privileged: allowPrivileged,
      capabilities: null,
      volume_kinds: null,
      max_containers: null,
      max_cpus: null,
      max_memory: null,
      egress_hosts: null,
      max_cost_per_hour: null,
    },
  };
}

/** Nothing of the environment: values of variables may be secrets, and no rule needs them. */
function inputOf(plan: WorkspacePlan, prices: RegoPolicyDeps['prices']) {
  const { action, organizationId, ownerId, template, provider, settings, container } = plan;
  const { size, isolation, egress, image } = settings;
  const { cpus, memoryBytes } = SIZE_LIMITS[size];
  const shared = {
    limits: { cpu: cpus, memory: memoryBytes },
    own: PROFILE_CAPABILITIES[isolation],
  };
  const main = container
    ? containerOf({ ...container, name: 'workspace' }, shared)
    : { name: 'workspace', image, privileged: false, capabilities: shared.own, mounts: [] };
  return {
    ...{ kind: 'WorkspacePlan', action, organizationId, ownerId, template, provider },
    ...{ size, isolation, egress, costPerHour: prices.perHour({ provider, settings }) },
    containers: [
      { ...main, limits: shared.limits },
      ...(container?.services ?? []).map((service) => containerOf(service, shared)),
    ],
  };
}

interface Shared {
  readonly limits: { readonly cpu: number; readonly memory: number };
  /** Capabilities of the isolation profile. */
  readonly own: readonly string[];
}

/** The image of a devcontainer was built or fetched for it by then: what it is made of was judged before. */
function containerOf(
  {
    name,
    privileged,
    capabilities,
    mounts,
  }: Pick<ContainerPlan | ServicePlan, 'privileged' | 'capabilities' | 'mounts'> & {
    readonly name: string;
  },
  { limits, own }: Shared,
) {
  return {
    ...{ name, image: null, privileged, limits },
    capabilities: [...own, ...capabilities.map(capabilityName)],
    mounts: mounts.map(({ kind, name: volume }) => ({ kind, name: volume })),
  };
}
