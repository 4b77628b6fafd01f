import { forgeRoutes } from '@spt-flow/shared/api/forge';
import type { Call } from './call.ts';

/** createForgeClient asks how it goes between the server and GitLab. */
export function createForgeClient(call: Call) {
  return {
    getForge: () => call(forgeRoutes.status, {}),
    getForgeLink: (handle: string) => call(forgeRoutes.link, { params: { handle } }),
    syncForge: (handle: string) => call(forgeRoutes.sync, { params: { handle } }),
    startForgePipeline: (handle: string, branch: string) =>
      call(forgeRoutes.startPipeline, { params: { handle }, body: { branch } }),
  };
}
