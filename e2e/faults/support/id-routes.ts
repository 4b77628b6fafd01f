import type { RouteContract } from '@spt-flow/shared/api/route';
import { allRoutes } from './all-routes.ts';
import { sampleOf } from './sample.ts';

/** idRoutes are those whose path names something that may be somebody else's. */
export async function idRoutes() {
  const routes = await allRoutes();
  return routes.filter(({ contract }) => /:(handle|id)\b/.test(contract.path));
}

/** pathTo asks for one id wherever the route takes one. */
export function pathTo(contract: RouteContract, id: string): string {
  const filled = contract.path.replace(':port', '3001').replace(':number', '1');
  return `${filled.replace(/:\w+/g, encodeURIComponent(id))}?${queryOf(contract)}`;
}

export function queryOf({ query }: RouteContract): string {
  return new URLSearchParams(sampleOf(query) as Record<string, string>).toString();
}
