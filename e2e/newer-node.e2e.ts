import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { nodeOfImages } from '../scripts/lib/images/node-of-images.mjs';
import { createAdmin } from './harness/admin.ts';
import { createCli } from './harness/cli.ts';
import { startFresh } from './harness/product.ts';
import { serveRepository } from './harness/repository-server.ts';

it('runs, with its workspaces, on the Node.js that its images have', async () => {
  const node = path.join(await nodeOfImages(), 'bin/node');
  const repository = await serveRepository('orchard', { 'apples.txt': 'seven\n' });
  onTestFinished(() => repository.close());
  const product = await startFresh({ node });
  onTestFinished(() => product.stop());
  const cli = await createCli(product.origin, node);
  onTestFinished(() => cli.remove());
  const { token } = await createAdmin(product);
  await cli.run(['login', '--with-token'], `${token}\n`);

  const up = await cli.run(['up', repository.url]);

  expect(up, product.output()).toMatchObject({ exitCode: 0 });
  const read = await cli.run(['ssh', 'orchard', '--', 'cat apples.txt']);
  expect(read).toMatchObject({ exitCode: 0, stdout: 'seven\n' });
});
