import { openRegoPolicy } from '../../src/features/workspaces/index.ts';

/** openTestPolicy opens the rules that are shipped, with limits as the product has them by default. */
export function openTestPolicy(images: readonly string[] | null = null) {
  return openRegoPolicy({
    settings: { maxSize: 'devenv', maxIsolation: 'devenv', images, allowPrivileged: false },
    own: {},
    prices: { perHour: () => null },
  });
}
