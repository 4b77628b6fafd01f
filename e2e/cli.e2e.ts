import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createAdmin, type Admin } from './harness/admin.ts';
import { createCli } from './harness/cli.ts';
import { startFresh, type Product } from './harness/product.ts';
import { serveRepository } from './harness/repository-server.ts';

const PATIENCE = { timeout: 30_000, interval: 200 };
const APPLES = `require('http').createServer((_, answer) => answer.end('seven apples')).listen(0, '127.0.0.1', () => console.log('ready'))`;
const PortsSchema = z.array(z.object({ port: z.number(), process: z.unknown() }));
const ForwardSchema = z.object({ direction: z.literal('local'), localPort: z.number() });
const ListSchema = z.array(z.object({ name: z.string(), actualState: z.string() }));

let product: Product;
let admin: Admin;
let cli: Awaited<ReturnType<typeof createCli>>;
let repository: Awaited<ReturnType<typeof serveRepository>>;

beforeAll(async () => {
  repository = await serveRepository('orchard', {
    'README.md': '# Orchard\n',
    'apples.txt': 'seven\n',
  });
  product = await startFresh();
  admin = await createAdmin(product);
  cli = await createCli(product.origin);
});

afterAll(async () => {
  await cli.remove();
  await product.stop();
  await repository.close();
});

async function listed(): Promise<z.infer<typeof ListSchema>> {
  const { stdout } = await cli.run(['list', '--output', 'json']);
  return ListSchema.parse(JSON.parse(stdout));
}

function ssh(command: string, input?: string | Buffer) {
  return cli.run(['ssh', 'orchard', '--', command], input);
}

it('a developer opens a repository from the terminal, works in it, stops it and deletes it', async () => {
  const login = await cli.run(['login', '--with-token'], `${admin.token}\n`);
  expect(login).toMatchObject({ exitCode: 0 });
  expect(login.stderr).toContain('as Ada (ada@example.com)');

  const up = await cli.run(['up', repository.url]);
  expect(up, product.output()).toMatchObject({ exitCode: 0 });
  expect(up.stdout).toContain("Workspace 'orchard' is running\n  spt-flow ssh orchard");
  expect(await listed()).toEqual([{ name: 'orchard', actualState: 'running' }]);

  expect(await ssh('cat apples.txt')).toEqual({ exitCode: 0, stdout: 'seven\n', stderr: '' });
  expect(await ssh('echo told; echo blamed >&2; exit 7')).toEqual({
    exitCode: 7,
    stdout: 'told\n',
    stderr: 'blamed\n',
  });
  expect(await ssh('git log -1 --format=%s && git config user.email')).toMatchObject({
    stdout: 'start\nada@example.com\n',
  });

  const bytes = randomBytes(3_000_000);
  expect(await ssh('cat > harvest.bin', bytes)).toMatchObject({ exitCode: 0 });
  const harvest = await ssh('base64 -w 0 harvest.bin');
  expect(Buffer.from(harvest.stdout, 'base64').equals(bytes)).toBe(true);

  const patch = '--- a/apples.txt\n+++ b/apples.txt\n@@ -1 +1 @@\n-seven\n+eight\n';
  const applied = await cli.run(['apply', 'orchard', '-', '--message', 'Another apple'], patch);
  expect(applied).toMatchObject({ exitCode: 0 });
  expect(applied.stdout).toMatch(
    /^Changed in .*, commit [0-9a-f]{7}: 1 file\n {2}updated {2}apples/,
  );
  const log = 'cat apples.txt && git log -1 "--format=%an: %s"';
  expect(await ssh(log)).toMatchObject({ stdout: 'eight\nAda: Another apple\n' });
  const again = await cli.run(['apply', 'orchard', '-'], patch);
  expect(again).toMatchObject({ exitCode: 1, stdout: '' });
  expect(again.stderr).toContain('"apples.txt" does not hold the lines that hunk 1 of 1 (line 1)');

  const serve = `setsid node -e "${APPLES}" > served.txt 2>&1 < /dev/null &`;
  const untilServed = 'until [ -s served.txt ]; do sleep 0.1; done';
  expect(await ssh(`${serve} ${untilServed}`)).toMatchObject({ exitCode: 0 });
  const port = await vi.waitFor(async () => {
    const { stdout } = await cli.run(['ports', 'orchard', '--output', 'json']);
    const served = PortsSchema.parse(JSON.parse(stdout)).find(({ process }) => process !== null);
    if (!served) throw new Error('Nothing listens yet');
    return served.port;
  }, PATIENCE);
  const forward = await cli.start([
    'port-forward',
    'orchard',
    '-L',
    `0:${port}`,
    '--output',
    'json',
  ]);
  const { localPort } = ForwardSchema.parse(JSON.parse(forward.line));
  expect(await (await fetch(`http://127.0.0.1:${localPort}`)).text()).toBe('seven apples');
  await forward.end();

  const logs = await cli.run(['logs', 'orchard', '--source', 'start']);
  expect(logs.stdout).toContain('Cloning ');

  expect(await cli.run(['stop', 'orchard'])).toMatchObject({ exitCode: 0 });
  expect(await listed()).toEqual([{ name: 'orchard', actualState: 'stopped' }]);

  const stat = await ssh('stat -c %s harvest.bin');
  expect(stat).toMatchObject({ exitCode: 0, stdout: '3000000\n' });
  expect(stat.stderr).toContain('The workspace is stopped, starting it');

  expect(await cli.run(['delete', 'orchard'])).toMatchObject({ exitCode: 2 });
  expect(await cli.run(['delete', 'orchard', '--yes'])).toMatchObject({ exitCode: 0 });
  expect(await listed()).toEqual([]);
});

it('a command without a login ends with the next one to try', async () => {
  const stranger = await createCli(product.origin);

  const result = await stranger.run(['list']);

  expect(result).toMatchObject({ exitCode: 3, stdout: '' });
  expect(result.stderr).toContain('spt-flow login');
  await stranger.remove();
});

it('a workspace that is not there is named, with the way to those that are', async () => {
  await cli.run(['login', '--with-token'], `${admin.token}\n`);

  const result = await cli.run(['ssh', 'nowhere', '--', 'true']);

  expect(result).toMatchObject({ exitCode: 4, stdout: '' });
  expect(result.stderr).toContain("There is no workspace 'nowhere'");
  expect(result.stderr).toContain('Try: spt-flow list');
});
