import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  createDotfilesRepository,
  createDotfilesService,
  registerDotfilesRoutes,
} from '../../src/features/dotfiles/index.ts';
import {
  createGitCredentials,
  registerGitCredentialRoutes,
} from '../../src/features/git-credentials/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createAuthApp } from '../support/auth-app.ts';
import { useDatabases } from '../support/database.ts';

const newDatabase = useDatabases();
const TOKEN = 'ghp_0123456789';

it('tokens and dotfiles are kept by the API, and tokens are never told again', async () => {
  const { db } = await newDatabase();
  const { app, auth } = await createAuthApp(db, systemClock);
  const audit = createAudit(db);
  const credentials = createGitCredentials({
    ...{ db, audit, clock: systemClock, secretKey: 'a secret key of this test' },
    hub: {
      onPresence: () => () => undefined,
      request: () => Promise.reject(new Error('no agent')),
    },
    onError: () => undefined,
  });
  registerGitCredentialRoutes(app, credentials.service);
  registerDotfilesRoutes(
    app,
    createDotfilesService({ repository: createDotfilesRepository(db), audit }),
  );
  const setup = await app.inject({
    method: 'POST',
    url: '/api/v1/setup',
    payload: {
      token: await auth.prepareSetup(),
      ...{ email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' },
    },
  });
  const cookie = `${setup.cookies[0]?.name}=${setup.cookies[0]?.value}`;
  const call = (method: 'GET' | 'PUT' | 'DELETE', url: string, payload?: object) =>
    app.inject({
      ...{ method, url: `/api/v1/${url}`, headers: { cookie, origin: 'http://localhost:8080' } },
      ...(payload && { payload }),
    });

  const put = await call('PUT', 'git-logins', { host: 'GitHub.com/acme', token: TOKEN });
  const list = await call('GET', 'git-logins');
  expect(list.json().data.items).toMatchObject([
    { origin: 'https://github.com', path: 'acme', username: 'x-access-token', lastUsedAt: null },
  ]);
  expect(put.body + list.body).not.toContain(TOKEN);
  for (const bad of [
    { host: 'me:secret@github.com', token: TOKEN },
    { host: 'github.com', token: `${TOKEN}\nhost=evil.example` },
    { host: 'github.com', token: TOKEN, username: 'a\nb' },
  ])
    expect((await call('PUT', 'git-logins', bad)).statusCode).toBe(400);
  expect((await call('DELETE', `git-logins/${randomUUID()}`)).statusCode).toBe(404);
  expect((await call('DELETE', `git-logins/${list.json().data.items[0].id}`)).statusCode).toBe(200);
  expect((await call('GET', 'git-logins')).json().data.items).toEqual([]);

  const dotfiles = { repositoryUrl: 'https://github.com/me/dotfiles', installScript: 'bin/setup' };
  await call('PUT', 'dotfiles', dotfiles);
  expect((await call('GET', 'dotfiles')).json().data).toEqual({ dotfiles });
  for (const bad of [
    { repositoryUrl: 'file:///etc' },
    { repositoryUrl: '--upload-pack=x' },
    { ...dotfiles, installScript: '../../x' },
    { ...dotfiles, installScript: '-x' },
  ])
    expect((await call('PUT', 'dotfiles', bad)).statusCode).toBe(400);
  await call('DELETE', 'dotfiles');
  expect((await call('GET', 'dotfiles')).json().data).toEqual({ dotfiles: null });
  await app.close();
});
