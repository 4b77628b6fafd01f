import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { auditRoutes } from '@spt-flow/shared/api/audit';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { ADMIN, createAdmin } from './harness/admin.ts';
import { createDataDirectory, startProduct, type Product } from './harness/product.ts';

const INSTALLATION = path.resolve('apps/control-plane/dist/installation.js');
const run = promisify(execFile);
let data: Awaited<ReturnType<typeof createDataDirectory>>;
let product: Product | undefined;

beforeEach(async () => {
  data = await createDataDirectory();
});
afterEach(async () => {
  await product?.stop();
  await data.remove();
});

it('is backed up while it runs, and restored elsewhere, also after a restore that was killed', async () => {
  const folder = path.join(data.path, 'backup');
  const again = path.join(data.path, 'again');
  product = await startProduct({ dataDirectory: path.join(data.path, 'data') });
  const { api } = await createAdmin(product);
  await run(process.execPath, [
    INSTALLATION,
    'backup',
    folder,
    '--data-dir',
    product.dataDirectory,
  ]);
  await product.stop();

  const restore = [INSTALLATION, 'restore', folder, '--data-dir', again];
  const killed = spawn(process.execPath, restore, { stdio: 'ignore' });
  await vi.waitFor(() => access(path.join(again, 'postgres')));
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  await expect(startProduct({ dataDirectory: again })).rejects.toThrow('npm run restore again');
  await run(process.execPath, restore);

  const port = Number(new URL(product.origin).port);
  product = await startProduct({ dataDirectory: again, port });
  expect((await api.call(authRoutes.me, {})).email).toBe(ADMIN.email);
  // Agents are told once that the database is an older one.
  const { items } = await api.call(auditRoutes.list, { query: { of: 'installation' } });
  expect(items.map(({ action }) => action)).toEqual(['installation.raise_epoch']);
  await expect(readFile(path.join(again, 'restored'))).rejects.toThrow('ENOENT');
});
