import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGroups } from './methods/read-groups.ts';
import { decideRole, type RolePolicy } from './role-decision.ts';

const POLICY: RolePolicy = {
  roles: [
    { group: 'readonly', role: 'readonly' },
    { group: '/platform/admins', role: 'admin' },
    { group: 'developers', role: 'developer' },
  ],
  withoutGroup: 'refuse',
};

describe('decideRole', () => {
  it.each([
    [['readonly', 'developers'], 'developer'],
    [['/developers'], 'developer'],
    [['/platform/admins'], 'admin'],
    [['platform/admins', 'admins', '/admins', '/x/platform/admins'], 'refuse'],
    [['/guests/developers', 'Developers', 'developers '], 'refuse'],
    [[], 'refuse'],
    [undefined, 'keep'],
  ])('makes of %j: %s', (groups, role) => {
    expect(decideRole(groups, POLICY)).toBe(role);
  });

  it('leaves roles alone where groups decide nothing', () => {
    expect(decideRole(['developers'], { roles: null, withoutGroup: 'refuse' })).toBe('keep');
  });
});

describe('readGroups', () => {
  it.each([
    [{ groups: ['a', 'b'] }, 'groups', ['a', 'b']],
    [{ groups: 'a,b' }, 'groups', ['a,b']],
    [{ realm_access: { roles: ['a'] } }, 'realm_access.roles', ['a']],
    [{ 'https://acme.com/groups': ['a'] }, 'https://acme.com/groups', ['a']],
    [{ groups: { admins: true } }, 'groups', []],
    [{ groups: [['admins'], 1, ''] }, 'groups', []],
    [{}, 'constructor.name', []],
  ])('finds in %j under %s: %j', (claims, claim, groups) => {
    expect(readGroups(claims, claim)).toEqual(groups);
  });

  it('gives no role to what names no group of the mapping, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (claim) => {
        const groups = readGroups({ groups: claim }, 'groups');
        const isNamed = groups.some((group) =>
          /^\/?(readonly|developers|platform\/admins)$/.test(group),
        );

        expect(decideRole(groups, POLICY) === 'refuse').toBe(!isNamed);
      }),
    );
  });
});
