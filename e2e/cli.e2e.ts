import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { createAdmin, type Admin } from './harness/admin.ts';
import { createCli } from './harness/cli.ts';
import { createDataDirectory, startProduct, type Product } from './harness/product.ts';
import { serveRepository } from './harness/repository-server.ts';

let product: Product;
let admin: Admin;
let data: Awaited<ReturnType<typeof createDataDirectory>>;
let cli: Awaited<ReturnType<typeof createCli>>;
let repository: Awaited<ReturnType<typeof serveRepository>>;

beforeAll(async () => {
  data = await createDataDirectory();
  repository = await serveRepository('orchard', {
    'README.md': '# Orchard\n',
    'apples.txt': 'seven\n',
  });
  product = await startProduct({ dataDirectory: data.path });
  admin = await createAdmin(product);
  cli = await createCli(product.origin);
});

afterAll(async () => {
  await cli.remove();
  await product.stop();
  await repository.close();
  await data.remove();
});

async function listNames(): Promise<string[]> {
  const { stdout } = await cli.run(['list', '--output', 'json']);
  const workspaces = z.array(z.object({ name: z.string() })).parse(JSON.parse(stdout));
  return workspaces.map((workspace) => workspace.name);
}

it('a developer opens a repository from the terminal, works in it, stops it and deletes it', async () => {
  expect(await cli.run(['login', '--with-token'], `${admin.token}\n`)).toMatchObject({
    exitCode: 0,
  });

  const up = await cli.run(['up', '--repo-url', repository.url]);
  expect(up, product.output()).toMatchObject({ exitCode: 0 });
  expect(up.stdout + up.stderr).toContain('spt-flow ssh');
  const [name = ''] = await listNames();

  expect(await cli.run(['ssh', name, '--', 'cat apples.txt'])).toMatchObject({
    exitCode: 0,
    stdout: 'seven\n',
  });
  expect(await cli.run(['ssh', name, '--', 'exit 7'])).toMatchObject({ exitCode: 7 });

  expect(await cli.run(['stop', name])).toMatchObject({ exitCode: 0 });
  expect(await cli.run(['start', name])).toMatchObject({ exitCode: 0 });
  expect(await cli.run(['ssh', name, '--', 'cat apples.txt'])).toMatchObject({
    exitCode: 0,
    stdout: 'seven\n',
  });

  expect(await cli.run(['delete', name, '--yes'])).toMatchObject({ exitCode: 0 });
  expect(await listNames()).not.toContain(name);
});

it('a command without a login ends with the next one to try', async () => {
  const stranger = await createCli(product.origin);

  const result = await stranger.run(['list']);

  expect(result).toMatchObject({ exitCode: expect.any(Number), stdout: '' });
  expect(result.exitCode).not.toBe(0);
  expect(result.stderr).toContain('spt-flow login');
  await stranger.remove();
});
