import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { createDataDirectory, startProduct, type Product } from '../harness/product.ts';
import { createAdmin } from '../harness/admin.ts';
import { findProcesses, untilGone } from './support/processes.ts';
import { request } from './support/raw-request.ts';
import { withDatabase } from './support/stranger.ts';
import { until } from './support/until.ts';

const SERVER = path.resolve('apps/control-plane/dist/server.js');

let data: Awaited<ReturnType<typeof createDataDirectory>>;

beforeAll(async () => {
  data = await createDataDirectory();
});

afterAll(async () => {
  await untilGone([data.path]);
  await data.remove();
});

function launch(args: readonly string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [SERVER, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
}

async function fail(args: readonly string[], env: Record<string, string> = {}) {
  const server = launch(args, env);
  const [stdout, stderr] = await Promise.all([
    text(server.stdout),
    text(server.stderr),
    once(server, 'close'),
  ]);
  const lines = stderr.split('\n').filter((line) => line !== '' && !isStep(line));
  return { exitCode: server.exitCode, lines, stdout };
}

/** What it reports while it starts. */
function isStep(line: string): boolean {
  return /^(Starting|Connecting)/.test(line);
}

function directory(name: string): string {
  return path.join(data.path, name);
}

describe('a control plane that cannot start says so in one line with the next step', () => {
  it('when its port is busy', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;

    const failure = await fail(['--port', String(port), '--data-dir', directory('busy')]);

    expect(failure).toMatchObject({
      exitCode: 1,
      lines: [expect.stringMatching(/in use.*--port \d+/)],
    });
    other.close();
  });

  it.each([
    ['is a file', 'file'],
    ['lies below a file', 'file/data'],
  ])('when its data directory %s', async (_case, name) => {
    await writeFile(directory('file'), '');

    const failure = await fail(['--port', '0', '--data-dir', directory(name)]);

    expect(failure).toMatchObject({ exitCode: 1, lines: [expect.stringContaining('--data-dir')] });
  });

  it('when nobody may write its data directory', async () => {
    const failure = await fail(['--port', '0', '--data-dir', '/sys/spt-flow']);

    expect(failure).toMatchObject({ exitCode: 1, lines: [expect.stringContaining('--data-dir')] });
  });

  it.runIf(process.getuid?.() === 0)('when the database may not enter its directory', async () => {
    await mkdir(directory('closed'));
    await chmod(directory('closed'), 0o700);

    const failure = await fail(['--port', '0', '--data-dir', directory('closed/data')]);

    expect(failure).toMatchObject({ exitCode: 1, lines: [expect.stringContaining('--data-dir')] });
  });

  it.each([
    ['is no URL', 'nonsense'],
    ['names another kind', 'mysql://localhost/x'],
    ['leads to a closed port', 'postgres://user:secret-word@127.0.0.1:1/spt_flow'],
    ['leads to a host that does not exist', 'postgres://user:secret-word@nowhere.invalid/spt_flow'],
  ])('when DATABASE_URL %s', async (_case, url) => {
    const failure = await fail(['--port', '0', '--data-dir', directory('elsewhere')], {
      DATABASE_URL: url,
    });

    expect(failure).toMatchObject({
      exitCode: 1,
      lines: [expect.stringMatching(/DATABASE_URL.*(check|URL)/)],
    });
    expect(failure.lines.join('')).not.toContain('secret-word');
  });

  it('when an option does not exist', async () => {
    const failure = await fail(['--prot', '1']);

    expect(failure).toMatchObject({ exitCode: 1, lines: [expect.stringContaining('--help')] });
  });

  it('and leaves nothing running', async () => {
    expect(await findProcesses([data.path])).toEqual([]);
  });
});

describe('a control plane on a data directory', () => {
  let product: Product;

  beforeAll(async () => {
    product = await startProduct({ dataDirectory: directory('shared') });
  });

  afterAll(() => product.stop());

  it('keeps a second one away', async () => {
    const failure = await fail(['--port', '0', '--data-dir', directory('shared')]);

    expect(failure).toMatchObject({
      exitCode: 1,
      lines: [expect.stringMatching(/Another spt-flow.*--data-dir/)],
    });
    expect(await request(product.origin, { method: 'GET', path: '/readyz' })).toMatchObject({
      status: 200,
    });
  });

  it('prints a new setup link at each start until it is used, and the old one is void', async () => {
    const [, , old = ''] = product.link.pathname.split('/');
    await product.kill();
    product = await startProduct({ dataDirectory: directory('shared') });
    const person = { email: 'eve@example.com', name: 'Eve', password: 'correct horse battery' };

    const answer = await request(product.origin, {
      method: authRoutes.setup.method,
      path: authRoutes.setup.path,
      body: JSON.stringify({ token: old, ...person }),
    });

    expect(answer).toMatchObject({ status: 403, code: 'setup_token_invalid' });
    await createAdmin(product);
    await product.kill();
    product = await startProduct({ dataDirectory: directory('shared') });
    expect(product.link.pathname).toBe('/');
  });

  it('that a newer spt-flow has changed does not start', async () => {
    await withDatabase(directory('shared'), (db) =>
      db.execute(
        "insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)",
      ),
    );
    await product.stop();

    const failure = await fail(['--port', '0', '--data-dir', directory('shared')]);

    expect(failure).toMatchObject({
      exitCode: 1,
      lines: [expect.stringMatching(/newer spt-flow.*update/)],
    });
  });
});

describe('a control plane that is told to stop while it starts', () => {
  it('ends without an error and leaves nothing behind', async () => {
    const server = launch(['--port', '0', '--data-dir', directory('early')]);
    const stderr = text(server.stderr);
    server.stdout.resume();
    const closed = once(server, 'close');
    await until('the database starts', async () => {
      return (await findProcesses([directory('early')])).length > 1;
    });

    server.kill('SIGINT');
    await closed;

    expect((await stderr).split('\n').filter((line) => line !== '' && !isStep(line))).toEqual([]);
    await untilGone([directory('early')]);
  });
});
