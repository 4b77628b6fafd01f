import type { Role } from '@spt-flow/shared/domain/roles';

/** ROLE_ITEMS are the roles, the widest last. */
export const ROLE_ITEMS: { label: string; value: Role }[] = [
  { label: 'Read only', value: 'readonly' },
  { label: 'Developer', value: 'developer' },
  { label: 'Admin', value: 'admin' },
];

export function roleLabel(role: Role): string {
  return ROLE_ITEMS.find(({ value }) => value === role)?.label ?? role;
}
