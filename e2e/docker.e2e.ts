import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { ensureBaseImage } from '../scripts/lib/base-image.mjs';
import { engineRequest, requireEngine, type Engine } from '../scripts/lib/container-engine.mjs';
import { createAdmin } from './harness/admin.ts';
import { createCli } from './harness/cli.ts';
import { startFresh, type Product } from './harness/product.ts';
import { serveRepository } from './harness/repository-server.ts';

const ContainersSchema = z.array(
  z.object({ Id: z.string(), State: z.string(), Labels: z.record(z.string(), z.string()) }),
);
const VolumesSchema = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullable() });

let engine: Engine;
let product: Product;
let cli: Awaited<ReturnType<typeof createCli>>;
let repository: Awaited<ReturnType<typeof serveRepository>>;

beforeAll(async () => {
  engine = await requireEngine();
  repository = await serveRepository(
    'orchard',
    { 'apples.txt': 'seven\n' },
    addressForContainers(),
  );
  product = await startFresh({
    env: {
      DOCKER_HOST: `unix://${engine.socket}`,
      SPT_FLOW_WORKSPACE_PROVIDER: 'docker',
      // Larger images than that of the tests are tried by naming them.
      SPT_FLOW_WORKSPACE_IMAGE:
        process.env['SPT_FLOW_WORKSPACE_IMAGE'] ?? (await ensureBaseImage(engine)),
    },
  });
  const admin = await createAdmin(product);
  cli = await createCli(product.origin);
  await cli.run(['login', '--with-token'], `${admin.token}\n`);
});

afterAll(async () => {
  await cli.remove();
  await product.stop();
  await repository.close();
});

/** Loopback means the container itself there. */
function addressForContainers(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!own) throw new Error('This machine has no address that containers could reach');
  return own.address;
}

function ssh(command: string) {
  return cli.run(['ssh', 'orchard', '--', command]);
}

async function containersOf(workspaceId: string) {
  const filters = JSON.stringify({ label: [`spt-flow.workspace=${workspaceId}`] });
  const { body } = await engineRequest({
    ...engine,
    path: `/containers/json?all=1&filters=${encodeURIComponent(filters)}`,
  });
  return ContainersSchema.parse(JSON.parse(body));
}

async function volumesOf(workspaceId: string): Promise<string[]> {
  const { body } = await engineRequest({ ...engine, path: '/volumes' });
  const { Volumes: volumes } = VolumesSchema.parse(JSON.parse(body));
  return (volumes ?? []).map(({ Name }) => Name).filter((name) => name.includes(workspaceId));
}

it('a developer works in a container, which keeps the files when it is stopped and leaves nothing when it is deleted', async () => {
  const up = await cli.run(['up', '--repo-url', repository.url]);
  expect(up, `${up.stderr}\n${product.output()}`).toMatchObject({ exitCode: 0 });
  const { stdout } = await cli.run(['list', '--output', 'json']);
  const [{ id, provider }] = z
    .tuple([z.object({ id: z.string(), provider: z.string() })])
    .parse(JSON.parse(stdout));
  expect(provider).toBe('docker');
  const [first] = await containersOf(id);
  expect(first).toMatchObject({ State: 'running', Labels: { ManagedBy: 'spt-flow' } });

  expect(await ssh('cat apples.txt && pwd && id -un && git config user.email')).toMatchObject({
    exitCode: 0,
    stdout: 'seven\n/workspace\nnode\nada@example.com\n',
  });
  await ssh('echo mine > mine.txt && echo theme > ~/.theme && echo key > ~/.claude/state');

  expect(await cli.run(['stop', 'orchard'])).toMatchObject({ exitCode: 0 });
  expect(await containersOf(id)).toEqual([]);

  expect(await cli.run(['start', 'orchard'])).toMatchObject({ exitCode: 0 });
  expect(await ssh('cat mine.txt ~/.theme ~/.claude/state')).toMatchObject({
    stdout: 'mine\ntheme\nkey\n',
  });
  expect((await containersOf(id))[0]?.Id).not.toBe(first?.Id);

  expect(await cli.run(['delete', 'orchard', '--yes'])).toMatchObject({ exitCode: 0 });
  expect(await containersOf(id)).toEqual([]);
  expect(await volumesOf(id)).toEqual([]);
});
