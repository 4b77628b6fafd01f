import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as changeSet from '../src/agent-protocol/change-set.ts';
import * as events from '../src/agent-protocol/events.ts';
import * as gitCredentials from '../src/agent-protocol/git-credentials.ts';
import * as handshake from '../src/agent-protocol/handshake.ts';
import * as models from '../src/agent-protocol/models.ts';
import * as secrets from '../src/agent-protocol/secrets.ts';
import * as requests from '../src/agent-protocol/requests.ts';
import * as serverJoin from '../src/agent-protocol/server-join.ts';
import { envelopeOf } from '../src/api/envelope.ts';
import { LiveClientMessageSchema, LiveServerMessageSchema } from '../src/api/live.ts';
import * as portForward from '../src/api/port-forward.ts';
import { PreviewFrameMessageSchema } from '../src/api/previews.ts';
import type { RouteContract } from '../src/api/route.ts';
import * as ssh from '../src/api/ssh.ts';
import * as terminals from '../src/api/terminals.ts';
import { ERRORS } from '../src/domain/errors.ts';
import { allRoutes } from './all-routes.ts';

/**
 * The shapes on the wire, pinned: agents and CLIs of other versions speak them. A change here is a change
 * of the contract; look at the difference before updating the file.
 */

function shapeOf(schema: unknown): unknown {
  return z.toJSONSchema(schema as z.core.$ZodType, {
    ...{ io: 'input', unrepresentable: 'any' },
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      // What is counted before it is looked at.
      if (def.type !== 'pipe' || !(def.out instanceof z.core.$ZodArray)) return;
      const { $schema, ...items } = shapeOf(def.out._zod.def.element) as Record<string, unknown>;
      expect($schema).toBeDefined();
      jsonSchema.items = items;
    },
  });
}

function shapesOf(module: object): Record<string, unknown> {
  const schemas = Object.entries(module).filter(([name]) => name.endsWith('Schema'));
  const values = Object.entries(module).filter(
    ([, value]) => typeof value === 'string' || typeof value === 'number',
  );
  return Object.fromEntries([
    ...schemas.map(([name, schema]) => [name, shapeOf(schema)] as const),
    ...values,
  ]);
}

function routeShape(route: RouteContract) {
  const parts = Object.entries({
    params: route.params,
    query: route.query,
    body: route.body,
    response: route.response,
  });
  const schemas = parts
    .filter(([, schema]) => schema !== undefined)
    .map(([part, schema]) => [part, shapeOf(schema)] as const);
  return {
    route: `${route.method} ${route.path}`,
    access: route.access,
    status: route.status ?? 200,
    ...Object.fromEntries(schemas),
  };
}

function text(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`;
}

const routes = await allRoutes();

describe('wire shapes', () => {
  it('of the API are the pinned ones', async () => {
    await expect(
      text({ envelope: shapeOf(envelopeOf(z.unknown())), routes: routes.map(routeShape) }),
    ).toMatchFileSnapshot('pins/api.json');
  });

  it('of everything that is not REST are the pinned ones', async () => {
    const live = {
      client: shapeOf(LiveClientMessageSchema),
      server: shapeOf(LiveServerMessageSchema),
    };
    const others = {
      terminals: shapesOf(terminals),
      portForward: shapesOf(portForward),
      ssh: shapesOf(ssh),
      previewFrame: shapeOf(PreviewFrameMessageSchema),
    };
    await expect(text({ live, ...others })).toMatchFileSnapshot('pins/live.json');
  });

  it('of the agent protocol are the pinned ones', async () => {
    const protocol = Object.fromEntries(
      Object.entries({
        ...{ handshake, requests, changeSet, events, gitCredentials, models, secrets, serverJoin },
      }).map(([name, module]) => [name, shapesOf(module)]),
    );
    await expect(text(protocol)).toMatchFileSnapshot('pins/agent-protocol.json');
  });

  it('of error codes are the pinned ones', async () => {
    const codes = Object.entries(ERRORS).map(
      ([code, entry]) => `${code} ${entry.status} ${entry.family}`,
    );
    await expect(`${codes.join('\n')}\n`).toMatchFileSnapshot('pins/errors.txt');
  });

  it('give every route a unique method and path below the API prefix', () => {
    const addresses = routes.map((route) => `${route.method} ${route.path}`);

    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses.filter((address) => !/ \/api\/v1\/[a-z0-9/:A-Z-]+$/.test(address))).toEqual(
      [],
    );
  });
});
