import { ReleaseError } from './release-error.ts';
import type { ReleaseTarget } from './release-target.ts';
import { compareVersions } from './version.ts';

export interface Wish {
  readonly version: string;
  readonly platform: string;
  /** What runs now. */
  readonly installed: { readonly version: string; readonly sequence: number | undefined };
}

/** chooseRelease answers the file to install; a step back only where the release that runs permits it. */
export function chooseRelease(targets: readonly ReleaseTarget[], wish: Wish): ReleaseTarget {
  const agents = targets.filter(({ product }) => product === 'agent');
  const ofVersion = agents.filter(({ version }) => version === wish.version);
  if (ofVersion.length === 0)
    throw new ReleaseError('unknown_version', `There is no signed release ${wish.version}`);
  const target = ofVersion.find(({ platform }) => platform === wish.platform);
  if (!target)
    throw new ReleaseError(
      'wrong_platform',
      `Release ${wish.version} has no program for ${wish.platform}`,
    );
  const own = agents.find(
    ({ version, platform }) => version === wish.installed.version && platform === wish.platform,
  );
  if (isStepBack(target, wish, own) && !own?.returnsTo.includes(target.version)) {
    throw new ReleaseError(
      'downgrade',
      `Nobody has signed that ${wish.installed.version} may return to ${target.version}`,
    );
  }
  if (compareVersions(wish.installed.version, target.oldestFrom) < 0)
    throw new ReleaseError(
      'too_old',
      `${wish.installed.version} is older than ${target.oldestFrom}, from which ${target.version} can be reached`,
    );
  return target;
}

/** By the counter that was signed; a version that no release knows is compared by its number. */
function isStepBack(target: ReleaseTarget, { installed }: Wish, own?: ReleaseTarget): boolean {
  const known = [installed.sequence, own?.sequence].filter((sequence) => sequence !== undefined);
  if (known.length > 0) return target.sequence < Math.max(...known);
  return compareVersions(target.version, installed.version) < 0;
}
