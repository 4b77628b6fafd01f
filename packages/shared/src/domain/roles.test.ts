import { describe, expect, it } from 'vitest';
import { permits, ROLES, SCOPES, scopeOfRole } from './roles.ts';

describe('permits', () => {
  it.each([
    ['read', ['read']],
    ['write', ['read', 'write']],
    ['admin', ['read', 'write', 'admin']],
  ] as const)('%s covers %j', (held, covered) => {
    expect(SCOPES.filter((needed) => permits(held, needed))).toEqual(covered);
  });
});

describe('scopeOfRole', () => {
  it('gives every role a scope of its own', () => {
    expect(ROLES.map(scopeOfRole)).toEqual(['admin', 'write', 'read']);
  });
});
