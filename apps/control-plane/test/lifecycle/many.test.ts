import { randomUUID } from 'node:crypto';
import { workspaces } from '@spt-flow/db/schema';
import { expect, it } from 'vitest';
import { useDatabases } from '../support/database.ts';
import { openLifecycleStage } from './lifecycle-stage.ts';

const newDatabase = useDatabases();
/** More than are read at once. */
const COPIES = 260;

it('a sweep reaches every workspace, however many there are', async () => {
  const { db } = await newDatabase();
  const stage = await openLifecycleStage(db);
  const row = await stage.row(await stage.running());
  const copies = Array.from({ length: COPIES }, (_, index) => {
    const { hostLabel, ...copied } = row;
    return {
      ...copied,
      id: randomUUID(),
      name: `copy-${index}`,
      hostLabel: `${hostLabel}-${index}`,
    };
  });
  await db.insert(workspaces).values(copies);

  await stage.passDays(1);

  const warned = stage.logged.map(({ workspaceId }) => workspaceId);
  expect(new Set(warned)).toEqual(new Set([row.id, ...copies.map(({ id }) => id)]));
  expect(warned).toHaveLength(COPIES + 1);
  await stage.close();
  expect(stage.errors).toEqual([]);
});
