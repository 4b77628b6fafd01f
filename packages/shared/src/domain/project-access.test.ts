import { describe, expect, it } from 'vitest';
import { levelIn, mayDecideAccess, type ProjectLevel } from './project-access.ts';

const open = { access: 'organization', ownerId: 'ada' } as const;
const restricted = { access: 'restricted', ownerId: 'ada' } as const;

function visitor(userId: string, ...grants: ProjectLevel[]) {
  return { userId, role: 'developer', grants } as const;
}

describe('access to a project', () => {
  it('is everybody’s while it is open', () => {
    expect(levelIn(open, visitor('bea'))).toBe('manage');
  });

  it('is nobody’s but whom it was given to once it is restricted, whoever made it', () => {
    expect(levelIn(restricted, visitor('bea'))).toBeUndefined();
    expect(levelIn(restricted, visitor('ada'))).toBeUndefined();
    expect(levelIn(restricted, visitor('bea', 'view'))).toBe('view');
  });

  it('is the highest that a person and their groups were given', () => {
    expect(levelIn(restricted, visitor('bea', 'use', 'view'))).toBe('use');
  });

  it('is always an admin’s', () => {
    expect(levelIn(restricted, { ...visitor('bea'), role: 'admin' })).toBe('manage');
  });

  it('is decided by its owner while it is open, then by those who manage it, and by admins', () => {
    expect(mayDecideAccess(open, visitor('ada'))).toBe(true);
    expect(mayDecideAccess(open, visitor('bea', 'manage'))).toBe(false);
    expect(mayDecideAccess(restricted, visitor('ada', 'use'))).toBe(false);
    expect(mayDecideAccess(restricted, visitor('bea', 'manage'))).toBe(true);
    expect(mayDecideAccess(open, { ...visitor('bea'), role: 'admin' })).toBe(true);
  });
});
