import { expect, it } from 'vitest';
import type { RouteContract } from '../src/api/route.ts';
import { allRoutes } from './all-routes.ts';

async function changingRoutes(): Promise<RouteContract[]> {
  return (await allRoutes()).filter(({ method }) => method !== 'GET');
}

function namesOf(routes: readonly RouteContract[]): string[] {
  return routes.map(({ method, path: url }) => `${method} ${url}`).sort();
}

it('routes that leave no entry in the audit log are these, and each says why', async () => {
  const routes = await changingRoutes();
  expect(routes.length).toBeGreaterThan(80);

  expect(namesOf(routes.filter(({ unaudited }) => unaudited !== undefined))).toMatchInlineSnapshot(`
    [
      "POST /api/v1/invitations/preview",
      "POST /api/v1/projects/:handle/presence",
      "POST /api/v1/templates/:handle/impact",
      "POST /api/v1/workspaces/:handle/change-sets/preview",
      "POST /api/v1/workspaces/preview",
    ]
  `);
});

it('routes that take megabytes are these, since they carry files', async () => {
  const routes = await changingRoutes();

  expect(namesOf(routes.filter(({ takesFiles }) => takesFiles))).toMatchInlineSnapshot(`
    [
      "POST /api/v1/projects/:handle/attachments",
      "POST /api/v1/projects/:handle/forge/commits",
      "POST /api/v1/templates",
      "POST /api/v1/workspaces/:handle/change-sets",
      "POST /api/v1/workspaces/:handle/change-sets/preview",
    ]
  `);
});

// Without somebody who is signed in, nothing is recorded but what the feature records itself.
it('routes that strangers may change something by are these, and their features record what matters', async () => {
  const routes = await changingRoutes();

  expect(namesOf(routes.filter(({ access }) => access === 'public'))).toMatchInlineSnapshot(`
    [
      "POST /api/v1/auth/device-logins",
      "POST /api/v1/auth/device-logins/token",
      "POST /api/v1/auth/login",
      "POST /api/v1/auth/methods/:method/sign-in",
      "POST /api/v1/auth/sign-up",
      "POST /api/v1/invitations/acceptance",
      "POST /api/v1/invitations/preview",
      "POST /api/v1/server-joins",
      "POST /api/v1/server-joins/result",
      "POST /api/v1/setup",
    ]
  `);
});
