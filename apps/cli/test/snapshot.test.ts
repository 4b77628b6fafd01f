import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { snapshotRoutes, type Snapshot } from '@spt-flow/shared/api/snapshots';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { useCliStage } from './support/cli-stage.ts';
import { workspace } from './support/fixtures.ts';

const cli = useCliStage();
const ID = '00000000-0000-4000-8000-000000000001';
const SNAPSHOT: Snapshot = {
  id: ID,
  name: 'before',
  workspaceId: ID,
  workspaceName: 'demo',
  ownerId: ID,
  kind: 'manual',
  storage: 'disk',
  sizeBytes: 3 * 1024 ** 2,
  unpackedBytes: 9,
  createdAt: '2026-01-02T03:04:05.000Z',
  expiresAt: null,
};

let files: string;

beforeEach(async () => {
  cli.server.on(workspaceRoutes.get, () => workspace());
  cli.server.on(snapshotRoutes.list, () => ({ items: [SNAPSHOT], limit: 10 }));
  cli.server.on(snapshotRoutes.listAll, () => ({ items: [SNAPSHOT] }));
  files = await mkdtemp(path.join(tmpdir(), 'spt-cli-backup-'));
});
afterEach(async () => {
  await rm(files, { recursive: true, force: true });
});

function signedIn(...args: string[]) {
  return cli.run(args);
}

describe('snapshots', () => {
  it('are listed, made and deleted', async () => {
    const sent: unknown[] = [];
    cli.server.on(snapshotRoutes.create, ({ body }) => {
      sent.push(body);
      return SNAPSHOT;
    });
    cli.server.on(snapshotRoutes.remove, ({ params }) => {
      sent.push(params);
      return SNAPSHOT;
    });

    const { stdout } = await signedIn('snapshot', 'list', 'demo');
    const made = await signedIn('snapshot', 'create', 'demo', '--name', 'before');
    const refused = await signedIn('snapshot', 'delete', ID);
    const deleted = await signedIn('snapshot', 'delete', ID, '--yes');

    expect(stdout).toMatch(/demo +before +2026-01-02 03:04 +3\.0 MiB +server +never +0000/);
    expect(made.stdout).toBe("Snapshot 'before' of 'demo' is kept\n");
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(deleted.stderr).toContain("Snapshot 'before' is deleted");
    expect(sent).toEqual([{ name: 'before' }, { id: ID }]);
  });

  it('are restored by name, with --yes where nobody can be asked', async () => {
    const sent: unknown[] = [];
    cli.server.on(snapshotRoutes.restore, ({ body }) => {
      sent.push(body);
      return workspace();
    });

    expect(await signedIn('snapshot', 'restore', 'demo', 'before')).toMatchObject({ exitCode: 2 });
    expect(await signedIn('snapshot', 'restore', 'demo', 'after', '--yes')).toMatchObject({
      exitCode: 4,
    });
    expect(sent).toEqual([]);
    const { stdout } = await signedIn('snapshot', 'restore', 'demo', 'before', '--yes');
    expect(stdout).toContain("runs with the files of 'before'");
    expect(sent).toEqual([{ snapshotId: ID }]);
  });

  it('and workspaces become new ones', async () => {
    const sent: unknown[] = [];
    for (const route of [snapshotRoutes.clone, snapshotRoutes.cloneWorkspace])
      cli.server.on(route, ({ body }) => {
        sent.push(body);
        return workspace();
      });

    await signedIn('snapshot', 'clone', ID, '--name', 'one');
    await signedIn('workspace', 'clone', 'demo');

    expect(sent).toEqual([{ name: 'one' }, {}]);
  });
});

describe('a backup', () => {
  it('is written whole or not at all, and for its owner only', async () => {
    const client = ['workspace', 'backup', 'demo', '-o', path.join(files, 'demo.tar')];
    const content = Buffer.alloc(300_000, 'backup');
    let isCut = false;
    cli.server.onFile(`/api/v1/workspaces/${workspace().id}/backup`, (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      if (!isCut) response.end(content);
      else response.write(content.subarray(0, 1_000), () => response.destroy());
    });

    expect(await signedIn(...client)).toMatchObject({ exitCode: 0 });
    isCut = true;
    const cut = await signedIn(...client);

    expect(await readFile(path.join(files, 'demo.tar'))).toEqual(content);
    expect((await stat(path.join(files, 'demo.tar'))).mode & 0o777).toBe(0o600);
    expect(cut.exitCode).toBe(1);
    expect(cut.stderr).toContain('could not be written');
    expect(await readdir(files)).toEqual(['demo.tar']);
  });

  it('that is refused says why; a file that is not there is not sent', async () => {
    let received = Buffer.alloc(0);
    cli.server.onFile('/api/v1/backups', (request, response) => {
      void answer(request, response);
    });
    async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
      received = await buffer(request);
      response.writeHead(422, { 'content-type': 'application/json' });
      const error = {
        code: 'backup_invalid',
        message: 'It is damaged',
        correlationId: 'x'.repeat(8),
      };
      response.end(JSON.stringify({ success: false, data: null, error }));
    }
    const file = path.join(files, 'mine.tar');
    await writeFile(file, 'content');

    const refused = await signedIn('workspace', 'restore', file, '--name', 'again');
    const missing = await signedIn('workspace', 'restore', path.join(files, 'other.tar'));

    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toContain('It is damaged');
    expect(received.toString()).toBe('content');
    expect(cli.server.requests.filter((line) => line.includes('backups'))).toEqual([
      'POST /api/v1/backups?name=again',
    ]);
    expect(missing).toMatchObject({ exitCode: 1 });
    expect(missing.stderr).toContain("can't be read");
  });
});
