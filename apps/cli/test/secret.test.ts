import { describe, expect, it } from 'vitest';
import { secretRoutes, type Secret } from '@spt-flow/shared/api/secrets';
import { useCliStage } from './support/cli-stage.ts';

const VALUE = 'sk-very-secret-value';
const SECRET: Secret = {
  ...{ name: 'API_KEY', version: 3, changedBy: 'Ada', isDeleted: false },
  changedAt: '2026-01-02T03:04:05.000Z',
};
const STORE = { kind: 'vault' as const, problem: null, answeredAt: null };

describe('secret', () => {
  const stage = useCliStage();
  const signedIn = (args: string[], stdin = '') => stage.run(['secret', ...args], { stdin });

  it('set sends what standard input holds, for the scope that was named, and shows it nowhere', async () => {
    const sent: unknown[] = [];
    stage.server.on(secretRoutes.put, ({ params, query, body }) => {
      sent.push({ params, query, body });
      return SECRET;
    });

    const set = await signedIn(
      ['set', 'API_KEY', '--project', 'demo', '--restart-apps'],
      `${VALUE}\nsecond line\n`,
    );
    await signedIn(['set', 'API_KEY'], VALUE);

    expect(set).toMatchObject({ exitCode: 0, stderr: '' });
    expect(set.stdout).toContain("API_KEY is set for the project 'demo' (version 3)");
    expect(sent).toMatchObject([
      {
        query: { scope: 'project', of: 'demo' },
        body: { value: `${VALUE}\nsecond line`, restartApps: true },
      },
      { params: { name: 'API_KEY' }, query: { scope: 'person' } },
    ]);
  });

  it.each([
    [['set', 'LD_PRELOAD'], VALUE],
    [['set', 'API_KEY'], ''],
    [['set', 'API_KEY', '--project', 'a', '--workspace', 'b'], VALUE],
    [['restore', 'API_KEY', 'newest'], ''],
    [['delete', 'API_KEY', '--forever'], ''],
    [['import'], 'GOOD=1\nPATH=/evil\n'],
  ])('%j with %j is wrong usage, and asks the server nothing', async (args, stdin) => {
    const { exitCode, stdout, stderr } = await signedIn(args, stdin);
    expect(exitCode).toBe(2);
    expect(stdout + stderr).not.toContain(VALUE);
    expect(stage.server.requests).toEqual([]);
  });

  it('import sets each variable of an .env file', async () => {
    const sent: unknown[] = [];
    stage.server.on(secretRoutes.put, ({ params, body }) => {
      sent.push({ ...params, ...body });
      return SECRET;
    });

    await signedIn(['import', '--organization'], '# keys\nONE="a b"\nexport TWO=2\n');

    expect(sent).toMatchObject([
      { name: 'ONE', value: 'a b' },
      { name: 'TWO', value: '2' },
    ]);
  });

  it('list says what is wrong with the store, history and restore lead back', async () => {
    stage.server.on(secretRoutes.list, () => ({
      items: [SECRET, { ...SECRET, name: 'OLD_KEY', isDeleted: true }],
      store: { ...STORE, problem: 'Vault is sealed: somebody has to unseal it' },
    }));
    stage.server.on(secretRoutes.versions, () => ({
      items: [{ ...SECRET, change: 'set' as const, isKept: true }],
    }));
    stage.server.on(secretRoutes.restore, () => ({ ...SECRET, version: 4 }));
    stage.server.on(secretRoutes.remove, () => ({}));

    const list = await signedIn(['list', '--workspace', 'demo']);
    expect(list.stdout).toMatch(/API_KEY +3 +2026-01-02 03:04 +Ada\nOLD_KEY +deleted/);
    expect(list.stderr).toContain('Vault is sealed');
    expect((await signedIn(['history', 'API_KEY'])).stdout).toMatch(/3 +set +2026-01-02 03:04/);
    expect((await signedIn(['restore', 'API_KEY', '3'])).stderr).toContain('version 4 now');
    expect((await signedIn(['delete', 'API_KEY', '--project', 'shop'])).stderr).toContain(
      "spt-flow secret history API_KEY --project 'shop'",
    );
  });
});
