import {
  ISOLATION_PROFILES,
  WORKSPACE_SIZES,
  type IsolationProfile,
  type WorkspaceSize,
} from '@spt-flow/shared/domain/workspace-settings';
import type { PolicyVerdict, WorkspacePlan, WorkspacePolicy } from './policy.ts';

export interface PolicyLimits {
  readonly maxSize: WorkspaceSize;
  readonly maxIsolation: IsolationProfile;
  /** Names of images in which `*` stands for anything; null: any image. */
  readonly images: readonly string[] | null;
}

type Rule = (plan: WorkspacePlan, limits: PolicyLimits) => PolicyVerdict;

const PERMITTED: PolicyVerdict = { permitted: true };
const RULES: readonly Rule[] = [sizeLimit, isolationLimit, imageAllowList];

/** createBuiltInPolicy keeps workspaces within what the operator configured. */
export function createBuiltInPolicy(limits: PolicyLimits): WorkspacePolicy {
  return (plan) =>
    RULES.map((rule) => rule(plan, limits)).find(({ permitted }) => !permitted) ?? PERMITTED;
}

function sizeLimit({ settings: { size } }: WorkspacePlan, { maxSize }: PolicyLimits) {
  if (WORKSPACE_SIZES.indexOf(size) <= WORKSPACE_SIZES.indexOf(maxSize)) return PERMITTED;
  return refusal('size-limit', `the size "${size}"`, `Choose "${maxSize}" or a smaller one`);
}

function isolationLimit({ settings }: WorkspacePlan, { maxIsolation }: PolicyLimits) {
  const rank = ISOLATION_PROFILES.indexOf(settings.isolation);
  if (rank <= ISOLATION_PROFILES.indexOf(maxIsolation)) return PERMITTED;
  return refusal(
    'isolation-limit',
    `the isolation "${settings.isolation}"`,
    `Choose "${maxIsolation}" or a stricter one`,
  );
}

function imageAllowList({ settings: { image } }: WorkspacePlan, { images }: PolicyLimits) {
  if (image === null || images === null || images.some((name) => matches(name, image)))
    return PERMITTED;
  const permitted = images.length === 0 ? 'the one of the control plane' : images.join(', ');
  return refusal('image-allow-list', `the image "${image}"`, `Permitted: ${permitted}`);
}

function refusal(rule: string, refuses: string, remedy: string): PolicyVerdict {
  return { permitted: false, rule, refuses, remedy };
}

function matches(pattern: string, image: string): boolean {
  const escaped = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${escaped}$`).test(image);
}
