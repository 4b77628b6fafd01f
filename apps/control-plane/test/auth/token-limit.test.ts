import { expect, it, onTestFinished } from 'vitest';
import { apiTokens } from '@spt-flow/db/schema';
import { createAuthApp, OWN_ORIGIN } from '../support/auth-app.ts';
import { useDatabases } from '../support/database.ts';

const newDatabase = useDatabases();

it('nobody gets more tokens than are listed, however many are asked for at once', async () => {
  const { db } = await newDatabase();
  const clock = { now: () => new Date(), monotonicMs: () => performance.now() };
  const { app, auth } = await createAuthApp(db, clock);
  onTestFinished(() => app.close());
  const person = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' };
  const token = await auth.prepareSetup();
  const payload = { token, ...person };
  const setUp = await app.inject({ method: 'POST', url: '/api/v1/setup', payload });
  const cookie = `${setUp.cookies[0]?.name}=${setUp.cookies[0]?.value}`;
  const get = (url: string) => app.inject({ method: 'GET', url, headers: { cookie } });
  const { id, organization } = (await get('/api/v1/auth/me')).json().data;
  await db.insert(apiTokens).values(
    Array.from({ length: 199 }, (_, index) => ({
      ...{ userId: id, organizationId: organization.id, name: 'ci', scope: 'read' as const },
      tokenHash: `hash ${index}`,
    })),
  );

  const answers = await Promise.all(
    [1, 2, 3].map(() =>
      app.inject({
        ...{ method: 'POST', url: '/api/v1/tokens', payload: { name: 'ci', scope: 'read' } },
        headers: { cookie, origin: OWN_ORIGIN },
      }),
    ),
  );

  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409, 409]);
  expect((await get('/api/v1/tokens')).json().data.items).toHaveLength(200);
});
