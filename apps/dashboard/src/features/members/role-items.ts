import type { Role } from '@spt-flow/shared/domain/roles';

/** ROLE_ITEMS are the roles with what each may do, the widest last. */
export const ROLE_ITEMS: { label: string; value: Role }[] = [
  { label: 'Looks on', value: 'readonly' },
  { label: 'Builds', value: 'developer' },
  { label: 'Manages', value: 'admin' },
];

export function roleLabel(role: Role): string {
  return ROLE_ITEMS.find(({ value }) => value === role)?.label ?? role;
}
