import { describe, expect, it } from 'vitest';
import { mayOpenPort, mayShareWorkspace, type SharingLevel, type Visitor } from './sharing.ts';

const workspace = { organizationId: 'ours', ownerId: 'ada' };
const VISITORS = {
  owner: { userId: 'ada', organizationId: 'ours', role: 'developer' },
  admin: { userId: 'grace', organizationId: 'ours', role: 'admin' },
  colleague: { userId: 'linus', organizationId: 'ours', role: 'developer' },
  reader: { userId: 'ken', organizationId: 'ours', role: 'readonly' },
  stranger: { userId: 'eve', organizationId: 'theirs', role: 'admin' },
  'owner who moved on': { userId: 'ada', organizationId: 'theirs', role: 'admin' },
  nobody: undefined,
} satisfies Record<string, Visitor | undefined>;

describe('mayOpenPort', () => {
  it.each<[SharingLevel, (keyof typeof VISITORS)[]]>([
    ['private', ['owner', 'admin']],
    ['organization', ['owner', 'admin', 'colleague', 'reader']],
    ['public', Object.keys(VISITORS) as (keyof typeof VISITORS)[]],
  ])('lets to a port that is %s only %j', (sharing, permitted) => {
    for (const [name, visitor] of Object.entries(VISITORS)) {
      const isPermitted = permitted.includes(name as keyof typeof VISITORS);
      expect(mayOpenPort({ ...workspace, sharing }, visitor), name).toBe(isPermitted);
    }
  });
});

describe('mayShareWorkspace', () => {
  it.each<[keyof typeof VISITORS, boolean]>([
    ['owner', true],
    ['admin', true],
    ['colleague', false],
    ['reader', false],
    ['stranger', false],
    ['owner who moved on', false],
  ])('of the %s is %s', (name, may) => {
    const visitor: Visitor | undefined = VISITORS[name];
    expect(visitor && mayShareWorkspace(workspace, visitor)).toBe(may);
  });
});
