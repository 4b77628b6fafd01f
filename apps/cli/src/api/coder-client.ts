import { coderRoutes } from '@spt-flow/shared/api/coder';
import type { Call } from './call.ts';

/** createCoderClient asks about the Coder server on which workspaces may run. */
export function createCoderClient(call: Call) {
  return {
    getCoderStatus: () => call(coderRoutes.status, {}),
    draftCoderTemplate: (name: string) => call(coderRoutes.draft, { params: { name } }),
  };
}
