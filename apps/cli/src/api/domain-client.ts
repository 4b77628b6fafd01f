import { domainRoutes } from '@spt-flow/shared/api/domains';
import type { Call } from './call.ts';

/** createDomainClient claims domains for projects. */
export function createDomainClient(call: Call) {
  return {
    listDomains: (handle: string) => call(domainRoutes.list, { params: { handle } }),
    addDomain: (handle: string, name: string) =>
      call(domainRoutes.add, { params: { handle }, body: { name } }),
    checkDomain: (handle: string, name: string) =>
      call(domainRoutes.check, { params: { handle, name } }),
    removeDomain: (handle: string, name: string) =>
      call(domainRoutes.remove, { params: { handle, name } }),
  };
}
