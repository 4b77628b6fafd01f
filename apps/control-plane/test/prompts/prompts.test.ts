import { randomUUID } from 'node:crypto';
import { organizationMembers, users } from '@spt-flow/db/schema';
import { MAX_PROMPTS_PER_PERSON, promptRoutes } from '@spt-flow/shared/api/prompts';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPromptsRepository, createPromptsService } from '../../src/features/prompts/index.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant } from '../workspaces/seed.ts';

const CONTENT = { name: 'Tidy', text: 'Tidy the code up', isShared: false };

describe('saved prompts', () => {
  const newDatabase = useDatabases();
  let db: TestDatabase['db'];
  let service: ReturnType<typeof createPromptsService>;
  let ada: Principal;
  let grace: Principal;
  let stranger: Principal;

  beforeAll(async () => {
    ({ db } = await newDatabase());
    service = createPromptsService(createPromptsRepository(db));
    ada = { ...(await seedTenant(db)).principal, role: 'admin', scope: 'admin' };
    stranger = (await seedTenant(db)).principal;
    const userId = randomUUID();
    const { organizationId } = ada;
    await db.insert(users).values({ id: userId, email: `${userId}@example.com`, name: 'Grace' });
    await db.insert(organizationMembers).values({ organizationId, userId, role: 'developer' });
    grace = { ...ada, userId, userName: 'Grace', role: 'developer', scope: 'write' };
  });

  async function namesFor(principal: Principal): Promise<string[]> {
    return (await service.list(principal)).items.map(({ name }) => name);
  }

  it('belong to a person, and to everybody of the organization once they are shared', async () => {
    const own = await service.create(grace, CONTENT);
    const shared = await service.create(grace, { ...CONTENT, name: 'Blue', isShared: true });

    expect(await namesFor(grace)).toEqual(['Blue', 'Tidy']);
    expect((await service.list(ada)).items).toMatchObject([
      { id: shared.id, isMine: false, ownerName: 'Grace' },
    ]);
    expect(await namesFor(stranger)).toEqual([]);

    const changed = { ...CONTENT, text: 'Tidy it', isShared: true };
    expect(await service.update(grace, own.id, changed)).toMatchObject(changed);
    expect(await namesFor(ada)).toEqual(['Blue', 'Tidy']);
    await service.remove(grace, own.id);
    await service.remove(ada, shared.id);
    expect(await namesFor(grace)).toEqual([]);
  });

  it('are changed by their owner alone; others see no more than what is shared', async () => {
    const own = await service.create(ada, CONTENT);
    const shared = await service.create(ada, { ...CONTENT, name: 'Shared', isShared: true });

    await expect(service.update(grace, shared.id, CONTENT)).rejects.toMatchObject({
      code: 'not_permitted',
    });
    await expect(service.remove(grace, shared.id)).rejects.toMatchObject({
      code: 'not_permitted',
    });
    for (const [principal, id] of [
      [grace, own.id],
      [stranger, shared.id],
      [ada, randomUUID()],
    ] as const) {
      await expect(service.update(principal, id, CONTENT)).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(service.remove(principal, id)).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('have names of their own, texts of a bounded length, and a bounded number', async () => {
    const { principal } = await seedTenant(db);
    const first = await service.create(principal, CONTENT);
    const second = await service.create(principal, { ...CONTENT, name: 'Other' });
    await expect(service.create(principal, CONTENT)).rejects.toMatchObject({ code: 'name_taken' });
    await expect(service.update(principal, second.id, CONTENT)).rejects.toMatchObject({
      code: 'name_taken',
    });
    expect(await service.update(principal, first.id, CONTENT)).toMatchObject(CONTENT);

    for (let count = 2; count < MAX_PROMPTS_PER_PERSON - 1; count++)
      await service.create(principal, { ...CONTENT, name: `Prompt ${count}` });
    const last = await Promise.allSettled(
      ['One', 'Another'].map((name) => service.create(principal, { ...CONTENT, name })),
    );
    expect(last.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: { code: 'limit_reached' } },
    ]);
    const { body } = promptRoutes.create;
    expect(body.safeParse({ ...CONTENT, text: 'x'.repeat(8001) }).success).toBe(false);
    expect(body.safeParse({ ...CONTENT, name: ' ' }).success).toBe(false);
  });
});
