import { AppError } from '@spt-flow/shared/domain/errors';
import type { Forge, ForgeHealth } from './forge.ts';

const HEALTH: ForgeHealth = {
  ...{ kind: 'embedded', state: 'embedded', url: null, version: null },
  ...{ scopes: [], tokenExpiresOn: null, problem: null },
};

/** createEmbeddedForge is the default: the repositories that the control plane keeps are all there is. */
export function createEmbeddedForge(): Forge {
  const link = {
    ...{ kind: 'embedded' as const, state: 'none' as const, url: null, cloneUrl: null },
    ...{ detail: null, diverged: [], isTold: false, syncedAt: null, dueAt: null },
  };
  const refuse = async (): Promise<never> => {
    throw new AppError('forge_not_connected', 'No GitLab is connected');
  };
  return {
    health: () => HEALTH,
    status: async () => ({
      ...HEALTH,
      ...{ scopes: [], lastHookAt: null },
      projects: { synced: 0, waiting: 0, failing: 0, diverged: 0 },
    }),
    link: async () => link,
    onCreated: async () => undefined,
    onCommitted: async () => undefined,
    sync: refuse,
    commit: refuse,
    startPipeline: refuse,
    onDelivery: async () => {
      throw new AppError('hook_not_genuine');
    },
    start: () => undefined,
    close: async () => undefined,
  };
}
