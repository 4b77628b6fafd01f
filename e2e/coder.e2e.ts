import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  CODER_TOKEN,
  startCoderServer,
} from '../apps/control-plane/test/support/coder/coder-server.ts';
import {
  latest,
  type WorldWorkspace,
} from '../apps/control-plane/test/support/coder/coder-world.ts';
import { createAdmin } from './harness/admin.ts';
import { createCli } from './harness/cli.ts';
import { createDataDirectory, startProduct, type Product } from './harness/product.ts';

let coder: Awaited<ReturnType<typeof startCoderServer>>;
let product: Product;
let data: Awaited<ReturnType<typeof createDataDirectory>>;
let cli: Awaited<ReturnType<typeof createCli>>;
let folder: string;

beforeAll(async () => {
  coder = await startCoderServer();
  coder.world.addTemplate('box', [
    { name: 'cpu', type: 'number', defaultValue: '2', min: 1, max: 8 },
    { name: 'Home disk', type: 'number', mutable: false, required: true },
  ]);
  data = await createDataDirectory();
  folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-coder-'));
  const tokenFile = path.join(folder, 'token');
  await writeFile(tokenFile, `${CODER_TOKEN}\n`);
  product = await startProduct({
    dataDirectory: data.path,
    env: { SPT_FLOW_CODER_URL: coder.url, SPT_FLOW_CODER_TOKEN_FILE: tokenFile },
  });
  cli = await createCli(product.origin);
  const { token } = await createAdmin(product);
  await cli.run(['login', '--with-token'], `${token}\n`);
});

afterAll(async () => {
  await product.stop();
  await coder.close();
  await cli.remove();
  await data.remove();
  await rm(folder, { recursive: true, force: true });
});

function workspace(): WorldWorkspace {
  const [found] = coder.world.workspaces;
  if (!found) throw new Error('Coder has no workspace');
  return found;
}

it('runs a workspace on a Coder server, from its template to its end', async () => {
  const status = await cli.run(['coder', 'status']);
  expect(status).toMatchObject({ exitCode: 0, stderr: '' });
  expect(status.stdout).toContain('✓ Version: Coder v2.27.0');
  expect(status.stdout).toContain('✓ Account: workspaces belong to "spt-flow"');

  const draft = await cli.run(['coder', 'template', 'box']);
  await writeFile(path.join(folder, 'spt-flow-template.json'), draft.stdout);
  expect(await cli.run(['template', 'push', folder])).toMatchObject({ exitCode: 0 });

  const up = ['up', '--template', 'box', '--name', 'crate'];
  const refused = await cli.run([...up, '--param', 'home_disk=10', '--param', 'cpu=9']);
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stderr).toContain('"cpu" must be');
  const made = await cli.run([...up, '--param', 'home_disk=10', '--param', 'cpu=4']);
  expect(made).toMatchObject({ exitCode: 0 });
  expect(made.stderr).toContain('Apply complete! Resources: 1 added.');
  expect(latest(workspace())?.parameters).toEqual([
    { name: 'cpu', value: '4' },
    { name: 'Home disk', value: '10' },
  ]);
  const inside = await cli.run(['ssh', 'crate', '--', 'echo mine > kept; pwd']);
  expect(inside).toMatchObject({ exitCode: 0, stderr: '' });
  expect(inside.stdout.trim()).toContain(workspace().machine.home);
});

it('goes on while the control plane is away, and tells what its provisioner says', async () => {
  const before = latest(workspace());
  await product.kill();
  product = await startProduct({
    dataDirectory: data.path,
    port: Number(new URL(product.origin).port),
    env: {
      SPT_FLOW_CODER_URL: coder.url,
      SPT_FLOW_CODER_TOKEN_FILE: path.join(folder, 'token'),
    },
  });
  expect(await cli.run(['start', 'crate'])).toMatchObject({ exitCode: 0 });
  expect((await cli.run(['ssh', 'crate', '--', 'cat kept'])).stdout).toBe('mine\n');
  expect(latest(workspace())).toBe(before);

  expect(await cli.run(['stop', 'crate'])).toMatchObject({ exitCode: 0 });
  const words = 'Error: creating Deployment: quota "dev" is exhausted';
  coder.world.provisioner.failure = { error: 'exit status 1', lines: [words] };
  const failed = await cli.run(['start', 'crate']);
  expect(failed.exitCode).not.toBe(0);
  expect(failed.stderr).toContain(`The start in Coder failed: exit status 1: ${words}`);
  coder.world.provisioner.failure = undefined;

  expect(await cli.run(['delete', 'crate', '--yes'])).toMatchObject({ exitCode: 0 });
  expect(latest(workspace())).toMatchObject({ transition: 'delete', status: 'succeeded' });
  expect(coder.violations).toEqual([]);
});
