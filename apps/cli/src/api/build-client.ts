import { pipelineRoutes, type Pipeline } from '@spt-flow/shared/api/pipelines';
import type { Call } from './call.ts';

const MAX_LISTED = 50;

/** createBuildClient asks for the builds of projects. */
export function createBuildClient(call: Call) {
  const named = (handle: string, build: string) => ({ params: { handle, build } });
  return {
    runBuild: (handle: string, ref: string | undefined): Promise<Pipeline> =>
      call(pipelineRoutes.run, { params: { handle }, body: { ...(ref !== undefined && { ref }) } }),
    listBuilds: async (handle: string): Promise<Pipeline[]> =>
      (await call(pipelineRoutes.list, { params: { handle }, query: { limit: MAX_LISTED } })).items,
    getBuild: (handle: string, build: string): Promise<Pipeline> =>
      call(pipelineRoutes.get, named(handle, build)),
    cancelBuild: (handle: string, build: string): Promise<Pipeline> =>
      call(pipelineRoutes.cancel, named(handle, build)),
    readBuildLog: (handle: string, build: string, after: number) =>
      call(pipelineRoutes.log, { ...named(handle, build), query: { after, limit: 200 } }),
  };
}
