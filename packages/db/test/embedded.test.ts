import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { sql } from 'drizzle-orm';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../src/client.ts';
import { isConnectionError } from '../src/connection-error.ts';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '../src/embedded.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-db-'));
  await chmod(directory, 0o711);
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function start(directory: string): Promise<EmbeddedDatabase> {
  const server = await startEmbeddedDatabase(directory);
  cleanups.push(() => server.stop());
  return server;
}

async function postmasterPid(directory: string): Promise<number> {
  return Number(
    (await readFile(path.join(directory, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0],
  );
}

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (state === undefined || state.includes(') Z ')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('embedded database', () => {
  it('keeps committed rows over a restart', async () => {
    const directory = await temporaryDirectory();
    const first = await startEmbeddedDatabase(directory);
    const writer = openDatabase({ socketDirectory: first.socketDirectory });
    await writer.db.execute(sql`create table kept (word text)`);
    await writer.db.execute(sql`insert into kept values ('here')`);
    await writer.close();
    await first.stop();

    const second = await start(directory);
    const reader = openDatabase({ socketDirectory: second.socketDirectory });
    cleanups.push(() => reader.close());
    const { rows } = await reader.db.execute(sql`select word from kept`);

    expect(rows).toEqual([{ word: 'here' }]);
  });

  it('is reachable through a private socket only', async () => {
    const server = await start(await temporaryDirectory());
    const connection = openDatabase({ socketDirectory: server.socketDirectory });
    cleanups.push(() => connection.close());

    const { rows } = await connection.db.execute(sql`show listen_addresses`);
    const { mode } = await stat(server.socketDirectory);

    expect(rows).toEqual([{ listen_addresses: '' }]);
    expect(mode & 0o777).toBe(0o700);
  });

  it('recovers rows after the server process was killed, and reports the crash', async () => {
    const directory = await temporaryDirectory();
    const first = await startEmbeddedDatabase(directory);
    const writer = openDatabase({ socketDirectory: first.socketDirectory, maxConnections: 1 });
    await writer.db.execute(sql`create table kept (word text)`);
    await writer.db.execute(sql`insert into kept values ('acknowledged')`);

    process.kill(await postmasterPid(directory), 'SIGKILL');
    await first.crashed;
    await writer.close();
    const second = await start(directory);
    const reader = openDatabase({ socketDirectory: second.socketDirectory });
    cleanups.push(() => reader.close());

    const { rows } = await reader.db.execute(sql`select word from kept`);
    expect(rows).toEqual([{ word: 'acknowledged' }]);
  });

  it('is used and heard again by a connection that outlived a restart', async () => {
    const directory = await temporaryDirectory();
    const first = await startEmbeddedDatabase(directory);
    const connection = openDatabase({ socketDirectory: first.socketDirectory });
    cleanups.push(() => connection.close());
    const heard: string[] = [];
    let gaps = 0;
    await connection.listen(
      'news',
      (payload) => heard.push(payload),
      () => (gaps += 1),
    );

    await first.stop();
    await expect(connection.db.execute(sql`select 1`)).rejects.toSatisfy(isConnectionError);
    await start(directory);
    await expect.poll(() => gaps, { timeout: 20_000 }).toBe(1);
    await connection.db.execute(sql`select pg_notify('news', 'after')`);

    await expect.poll(() => heard).toEqual(['after']);
  });

  it('ends by itself when its owner is killed', async () => {
    const directory = await temporaryDirectory();
    const script = `import { startEmbeddedDatabase } from ${JSON.stringify(path.resolve(import.meta.dirname, '../src/embedded.ts'))};
      await startEmbeddedDatabase(${JSON.stringify(directory)}); console.log('ready'); setInterval(() => {}, 1000);`;
    const entry = path.join(directory, 'owner.mjs');
    await build({
      stdin: { contents: script, resolveDir: import.meta.dirname },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: entry,
      packages: 'external',
    });
    const nodePath = path.resolve(import.meta.dirname, '../../../node_modules');
    await symlink(nodePath, path.join(directory, 'node_modules'));
    const owner = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => owner.stdout.once('data', resolve));
    const server = await postmasterPid(directory);

    owner.kill('SIGKILL');
    await untilGone(server);

    await expect(stat(`/proc/${server}/fd/0`)).rejects.toThrow();
  });

  it('refuses a data directory that another one uses', async () => {
    const directory = await temporaryDirectory();
    await start(directory);

    await expect(startEmbeddedDatabase(directory)).rejects.toThrow(
      'Another spt-flow uses this data directory',
    );
  }, 60_000);

  it.runIf(process.getuid?.() === 0)(
    'says what to do when the directory cannot be reached',
    async () => {
      const outer = await temporaryDirectory();
      await chmod(outer, 0o700);

      await expect(startEmbeddedDatabase(path.join(outer, 'inner'))).rejects.toThrow('--data-dir');
    },
  );
});
