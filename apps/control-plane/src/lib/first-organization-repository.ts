import { asc } from 'drizzle-orm';
import type { Queryable } from '@spt-flow/db/client';
import { organizations } from '@spt-flow/db/schema';

/** firstOrganization is that of whoever set the installation up: who comes without an invitation joins it, and its admins look after the installation. */
export async function firstOrganization(tx: Queryable): Promise<string | undefined> {
  const [row] = await tx
    .select({ id: organizations.id })
    .from(organizations)
    .orderBy(asc(organizations.createdAt), asc(organizations.id))
    .limit(1);
  return row?.id;
}
