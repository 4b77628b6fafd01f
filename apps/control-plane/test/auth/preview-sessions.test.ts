import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { auditLog, loginSessions } from '@spt-flow/db/schema';
import {
  createPreviewSessions,
  createPreviewSessionsRepository,
  newSecret,
  challengeOf,
} from '../../src/features/auth/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { useDatabases } from '../support/database.ts';
import { seedTenant } from '../workspaces/seed.ts';

const createDatabase = useDatabases();

it('a sign-in at a preview is in the audit log: once, of the person, and of nobody who only tried', async () => {
  const { db } = await createDatabase();
  const { principal, userId, organizationId } = await seedTenant(db);
  const [login] = await db
    .insert(loginSessions)
    .values({
      userId,
      organizationId,
      tokenHash: 'a'.repeat(64),
      expiresAt: new Date(Date.now() + 60_000),
    })
    .returning();
  const sessions = createPreviewSessions({
    repository: createPreviewSessionsRepository(db),
    audit: createAudit(db),
  });
  const secret = newSecret();
  const code = await sessions.issueCode(
    { ...principal, via: { kind: 'login', id: login?.id ?? '' } },
    { label: 'cafe', challenge: challengeOf(secret) },
  );

  const tries = [
    { label: 'other', code, secret },
    { label: 'cafe', code, secret: newSecret() },
    { label: 'cafe', code, secret },
    { label: 'cafe', code, secret },
  ];
  const tokens = [];
  for (const input of tries) tokens.push(await sessions.redeem(input, 'preview-1'));

  expect(tokens.map((token) => token !== undefined)).toEqual([false, false, true, false]);
  const entries = await db.select().from(auditLog).where(eq(auditLog.action, 'preview.sign-in'));
  expect(entries).toMatchObject([
    {
      organizationId,
      principal: `user:${userId}`,
      target: 'preview:cafe',
      correlationId: 'preview-1',
    },
  ]);
});
