import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RouteContract } from '../src/api/route.ts';

const API = path.resolve(import.meta.dirname, '../src/api');

/** allRoutes finds every route contract there is, so that routes that come later are looked at too. */
export async function allRoutes(): Promise<RouteContract[]> {
  const found = await readdir(API);
  const files = found.filter((file) => /^[a-z-]+\.ts$/.test(file)).toSorted();
  const modules = await Promise.all(
    files.map((file) => import(pathToFileURL(path.join(API, file)).href) as Promise<object>),
  );
  return modules
    .flatMap((module) => Object.entries(module))
    .filter(([name]) => name.endsWith('Routes'))
    .flatMap(([, routes]: [string, Record<string, RouteContract>]) => Object.values(routes));
}
