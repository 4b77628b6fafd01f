export const ROLES = ['admin', 'developer', 'readonly'] as const;
export type Role = (typeof ROLES)[number];

/** Scopes of API tokens. `write` includes `read`; `admin` includes both. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

const RANK: Readonly<Record<Scope, number>> = { read: 0, write: 1, admin: 2 };
const ROLE_SCOPE: Readonly<Record<Role, Scope>> = {
  readonly: 'read',
  developer: 'write',
  admin: 'admin',
};

/** permits is true when what is held (a role's or a token's scope) covers what is needed. */
export function permits(held: Scope, needed: Scope): boolean {
  return RANK[held] >= RANK[needed];
}

/** scopeOfRole returns the widest scope that members of a role have. */
export function scopeOfRole(role: Role): Scope {
  return ROLE_SCOPE[role];
}
