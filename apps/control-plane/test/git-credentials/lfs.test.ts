import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serveGit, type GitServer } from '../support/git-server.ts';
import { useLifecycle } from '../workspaces/lifecycle.ts';
import { openGitCredentials } from './credential-stage.ts';

const TOKEN = 'glpat-0123456789-very-secret';
const PICTURE = Buffer.from('a picture, as far as git knows\n'.repeat(1_000));
const OID = createHash('sha256').update(PICTURE).digest('hex');
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${OID}\nsize ${PICTURE.length}\n`;

describe('a repository with large files', () => {
  const context = useLifecycle();
  const stored = new Map([[OID, PICTURE]]);
  let git: GitServer;
  let credentials: ReturnType<typeof openGitCredentials>;

  beforeAll(async () => {
    git = await serveGit({ permits: ({ password }) => password === TOKEN, largeFiles: stored });
    await git.add('design', {
      '.gitattributes': '*.png filter=lfs diff=lfs merge=lfs -text\n',
      'logo.png': POINTER,
    });
  });
  afterAll(() => git.close());
  beforeEach(() => {
    credentials = openGitCredentials(context.database.db, context.server);
    return () => credentials.close();
  });

  it('arrives whole, with the token of its owner', async () => {
    await credentials.service.put(
      context.tenant.principal,
      { host: git.url, token: TOKEN, username: 'x-access-token' },
      'login-1',
    );
    const id = await context.running({ repositoryUrl: `${git.url}/design.git` });

    const { stdout } = await context.exec(id, 'sha256sum logo.png; git status --short');
    expect(stdout).toBe(`${OID}  logo.png\n`);
  });
});
