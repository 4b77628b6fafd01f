import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { nameInCoder, workspaceIdOf } from './workspace-name.ts';

it('names a workspace as Coder permits, and knows from the name which one it is', () => {
  const ids = [
    randomUUID(),
    '00000000-0000-0000-0000-000000000001',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ];

  for (const id of ids) {
    expect(nameInCoder(id)).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(nameInCoder(id).length).toBeLessThanOrEqual(32);
    expect(workspaceIdOf(nameInCoder(id))).toBe(id);
  }
  expect(workspaceIdOf('my-workspace')).toBeUndefined();
  expect(workspaceIdOf(`flow-${'z'.repeat(25)}`)).toBeUndefined();
});
