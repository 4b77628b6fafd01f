import type { SharingLevel } from '@spt-flow/shared/domain/sharing';

interface Audience {
  readonly value: SharingLevel;
  readonly label: string;
  readonly description: string;
}

/** Who may open what answers at a port, from few to all. */
export const AUDIENCES: readonly Audience[] = [
  { value: 'private', label: 'Owner and admins', description: 'After signing in' },
  { value: 'organization', label: 'Your organization', description: 'After signing in' },
  {
    value: 'public',
    label: 'Everybody',
    description: 'Whoever has the address; nobody has to sign in',
  },
];
