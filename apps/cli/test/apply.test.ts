import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeSetRoutes, type ChangeSet } from '@spt-flow/shared/api/change-sets';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { workspace, WORKSPACE_ID } from './support/fixtures.ts';
import { createLiveStage, type LiveStage } from './support/live-stage.ts';
import { makeHome, run } from './support/run.ts';
import { Failure, startTestServer, TOKEN, type TestServer } from './support/test-server.ts';

const PATCH = '--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+two\n';

let server: TestServer;
let stage: LiveStage;
let home: string;
let remove: () => Promise<void>;
let folder: string;
let sent: unknown[];

function aChangeSet(change: Partial<ChangeSet> = {}): ChangeSet {
  return {
    id: '0195f6f6-0000-7000-8000-000000000077',
    workspaceId: WORKSPACE_ID,
    summary: 'x',
    author: 'Ada',
    outcome: 'committed',
    reason: null,
    commit: '3f2a91c8d0',
    files: [
      { path: 'a.txt', change: 'updated', added: 1, removed: 1 },
      { path: 'new\x1b[31m.txt', change: 'created', added: 12, removed: 0 },
    ],
    checks: [],
    probe: null,
    durationMs: 1_240,
    createdAt: '2026-01-02T03:04:05.000Z',
    ...change,
  };
}

beforeEach(async () => {
  server = await startTestServer();
  stage = createLiveStage(server);
  sent = [];
  ({ home, remove } = await makeHome());
  folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-apply-'));
  await writeFile(path.join(folder, 'fix.patch'), PATCH);
  server.on(workspaceRoutes.get, () => workspace());
  answer(aChangeSet());
});
afterEach(async () => {
  await server.close();
  await remove();
  await rm(folder, { recursive: true });
});

function answer(changeSet: ChangeSet): void {
  server.on(changeSetRoutes.apply, ({ body }) => {
    sent.push(body);
    return changeSet;
  });
}

function apply(args: readonly string[], stdin = '') {
  const env = { SPT_FLOW_SERVER: server.url, SPT_FLOW_TOKEN: TOKEN };
  return run(['apply', 'demo', ...args], { home, env, stdin });
}

describe('apply of a patch', () => {
  it('sends it and says what was changed', async () => {
    const patch = path.join(folder, 'fix.patch');

    const { exitCode, stdout } = await apply([patch, '--message', 'Larger title']);

    expect(exitCode).toBe(0);
    expect(sent).toEqual([{ summary: 'Larger title', patch: PATCH }]);
    expect(stdout).toBe(
      [
        'Changed in 1.2 s, commit 3f2a91c: 2 files',
        '  updated  a.txt    +1 -1',
        '  created  new.txt  +12 -0\n',
      ].join('\n'),
    );
  });

  it('reads standard input', async () => {
    expect(await apply(['-', '--output', 'json'], PATCH)).toMatchObject({ exitCode: 0 });

    expect(sent).toEqual([{ summary: 'Apply a patch', patch: PATCH }]);
  });

  it('shows the steps of this workspace as they are made', async () => {
    server.on(changeSetRoutes.apply, async () => {
      for (const workspaceId of [WORKSPACE_ID, '0195f6f6-0000-7000-8000-000000000099'])
        stage.emit(`project:${workspace().projectId}`, {
          ...{ type: 'change-set.progress', workspaceId, state: 'done', durationMs: 7 },
          phase: workspaceId === WORKSPACE_ID ? 'probe' : 'build',
        });
      await expect.poll(() => shown).toContain('Asking the app  7 ms');
      return aChangeSet();
    });
    let shown = '';
    const env = { SPT_FLOW_SERVER: server.url, SPT_FLOW_TOKEN: TOKEN };
    const args = ['apply', 'demo', path.join(folder, 'fix.patch')];

    const { exitCode } = await run(args, { home, env, onStderr: (text) => (shown = text) });

    expect(exitCode).toBe(0);
    expect(shown).not.toContain('Building');
  });

  it('with --dry-run changes nothing', async () => {
    server.on(changeSetRoutes.preview, ({ body }) => {
      sent.push(body);
      return { files: aChangeSet().files };
    });

    const { exitCode, stdout } = await apply(['-', '--dry-run'], PATCH);

    expect({ exitCode, sent }).toEqual({ exitCode: 0, sent: [{ patch: PATCH }] });
    expect(stdout).toMatch(/^Would change 2 files\n {2}updated {2}a\.txt/);
  });

  it.each([
    ['rolled_back', 'The app did not start with this change, so it was undone'],
    ['rejected', 'The change has an error, so nothing was written'],
  ] as const)('that was %s exits with 1 and says why', async (outcome, head) => {
    answer(aChangeSet({ outcome, commit: null, reason: `${head}\nSyntaxError: line 3` }));

    const text = await apply(['-'], PATCH);
    const json = await apply(['-', '--output', 'json'], PATCH);

    expect(text).toMatchObject({ exitCode: 1, stdout: '' });
    expect(text.stderr).toContain(`Error: ${head}\n  SyntaxError: line 3\n`);
    expect(text.stderr).toContain('Try: spt-flow logs demo');
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ outcome });
  });

  it('that does not fit names file, hunk and line, and every other file', async () => {
    server.on(changeSetRoutes.apply, () => {
      const message = 'does not hold the lines that hunk 2 of 2 (line 6) expects';
      const issues = [
        { path: 'a.txt', message },
        { path: 'b.txt', message: 'does not exist' },
      ];
      throw new Failure('patch_does_not_apply', `"a.txt" ${message}`, { issues });
    });

    const { exitCode, stderr } = await apply(['-'], PATCH);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Error: "a.txt" does not hold the lines that hunk 2 of 2 (line 6)');
    expect(stderr).toContain('  b.txt: does not exist\n');
    expect(stderr).toContain('Nothing was changed');
  });

  it.each([
    ['a file that is not there', ['nowhere.patch'], '', /no file or directory 'nowhere\.patch'/],
    ['nothing on standard input', ['-'], '', /What came on standard input is empty/],
    ['--delete', ['-', '--delete'], PATCH, /--delete is for a directory/],
  ])('refuses %s as wrong usage', async (_name, args, stdin, message) => {
    expect(await apply(args, stdin)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(message),
    });
  });

  it('names a workspace that does not exist', async () => {
    server.on(workspaceRoutes.get, () => {
      throw new Failure('not_found');
    });

    expect(await apply(['-'], PATCH)).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("There is no workspace 'demo'"),
    });
  });
});

describe('apply of a directory', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

  beforeEach(async () => {
    await rm(path.join(folder, 'fix.patch'));
    const files = {
      '.gitignore': '*.log\nbuild/\n',
      'same.txt': 'same',
      'other.txt': 'here',
      'debug.log': 'ignored',
      'build/out.js': 'ignored',
      'deep/.gitignore': '!kept.log\n',
      'deep/kept.log': 'kept',
      'deep/run.sh': '#!/bin/sh\n',
      '.git/config': 'never',
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text);
    }
    await chmod(path.join(folder, 'deep/run.sh'), 0o755);
    await writeFile(path.join(folder, 'image.png'), Buffer.from([0, 255]));
    await symlink('/etc/passwd', path.join(folder, 'link'));
    const remote = (name: string, text: string, executable = false) => ({
      ...{ path: name, kind: 'file' as const, size: text.length },
      ...{ sha256: sha256(text), executable },
    });
    server.on(workspaceRoutes.files, ({ query }) => {
      expect(query['hashes']).toBe(true);
      return {
        items: [
          remote('.gitignore', '*.log\nbuild/\n'),
          remote('deep/.gitignore', '!kept.log\n'),
          remote('same.txt', 'same'),
          remote('other.txt', 'there'),
          remote('deep/run.sh', '#!/bin/sh\n'),
          remote('only-there.txt', 'x'),
          remote('there.log', 'x'),
        ],
        truncated: false,
      };
    });
  });

  const WRITTEN = [
    { action: 'write', path: 'deep/kept.log', text: 'kept', executable: false },
    {
      ...{ action: 'write', path: 'deep/run.sh', text: '#!/bin/sh\n', executable: true },
      before: sha256('#!/bin/sh\n'),
    },
    { action: 'write-binary', path: 'image.png', base64: 'AP8=', executable: false },
    {
      ...{ action: 'write', path: 'other.txt', text: 'here', executable: false },
      before: sha256('there'),
    },
  ];

  it('sends what differs, without what .gitignore names, and tells what it left out', async () => {
    const { exitCode, stderr } = await apply([folder]);

    expect(exitCode).toBe(0);
    expect(sent).toEqual([{ summary: `Apply ${folder}`, edits: WRITTEN }]);
    expect(stderr).toContain('Left out, since they are no files: link');
  });

  it('with --delete deletes what is only there, but nothing that .gitignore names', async () => {
    await apply([folder, '--delete']);

    expect(sent).toMatchObject([
      { edits: [...WRITTEN, { action: 'delete', path: 'only-there.txt', before: sha256('x') }] },
    ]);
  });

  it('that is the same changes nothing', async () => {
    const same = path.join(folder, 'build');
    await rm(same, { recursive: true });
    await mkdir(same);
    await writeFile(path.join(same, 'same.txt'), 'same');

    const { exitCode, stdout } = await apply([same]);

    expect({ exitCode, stdout, sent }).toEqual({
      ...{ exitCode: 0, sent: [] },
      stdout: 'There is nothing to change: the files are the same\n',
    });
  });
});
