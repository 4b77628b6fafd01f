import { coderRoutes } from '@spt-flow/shared/api/coder';
import type { RouteContract, RouteData, RouteInput } from '@spt-flow/shared/api/route';

type Call = <T extends RouteContract>(route: T, input: RouteInput<T>) => Promise<RouteData<T>>;

/** createCoderClient asks about the Coder server on which workspaces may run. */
export function createCoderClient(call: Call) {
  return {
    getCoderStatus: () => call(coderRoutes.status, {}),
    draftCoderTemplate: (name: string) => call(coderRoutes.draft, { params: { name } }),
  };
}
