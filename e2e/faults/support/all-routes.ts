import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { RouteContract } from '@spt-flow/shared/api/route';

const API = path.resolve('packages/shared/src/api');

const RouteSchema = z.object({
  method: z.string(),
  path: z.string().startsWith('/'),
  summary: z.string(),
  access: z.string(),
});

/** allRoutes finds every route contract there is, so that routes that come later are covered too. */
export async function allRoutes(): Promise<{ name: string; contract: RouteContract }[]> {
  const files = (await readdir(API)).filter((file) => /^[a-z-]+\.ts$/.test(file));
  const modules = await Promise.all(
    files.map((file) => import(pathToFileURL(path.join(API, file)).href) as Promise<object>),
  );
  return modules
    .flatMap((module) => Object.entries(module))
    .filter(([name]) => name.endsWith('Routes'))
    .flatMap(([group, routes]: [string, Record<string, RouteContract>]) =>
      Object.entries(routes).map(([name, contract]) => ({ name: `${group}.${name}`, contract })),
    )
    .filter(({ contract }) => RouteSchema.safeParse(contract).success);
}
