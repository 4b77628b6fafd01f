import { createHash, randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { openDatabase } from '@spt-flow/db/client';
import { scopeOfRole, type Role } from '@spt-flow/shared/domain/roles';
import { apiTokens, organizationMembers, organizations, users } from '@spt-flow/db/schema';

/** withDatabase opens the embedded database of a running product beside it. */
export async function withDatabase<T>(
  dataDirectory: string,
  use: (db: ReturnType<typeof openDatabase>['db']) => Promise<T>,
): Promise<T> {
  const connection = openDatabase({
    socketDirectory: path.join(dataDirectory, 'postgres', 'run'),
    maxConnections: 1,
  });
  try {
    return await use(connection.db);
  } finally {
    await connection.close();
  }
}

/** createStranger adds an admin of another organization and returns their API token. */
export async function createStranger(dataDirectory: string): Promise<{ token: string }> {
  const organizationId = randomUUID();
  await withDatabase(dataDirectory, (db) =>
    db.insert(organizations).values({ id: organizationId, name: 'Other', slug: 'other' }),
  );
  return createPerson(dataDirectory, { organizationId, name: 'eve', role: 'admin' });
}

/** createPerson adds a member and returns their API token, which permits all that their role does. */
export async function createPerson(
  dataDirectory: string,
  { organizationId, name, role }: { organizationId: string; name: string; role: Role },
): Promise<{ token: string; userId: string }> {
  const token = `sptf_api_${randomBytes(32).toString('base64url')}`;
  const userId = randomUUID();
  await withDatabase(dataDirectory, async (db) => {
    await db.insert(users).values({ id: userId, email: `${name}@example.com`, name });
    await db.insert(organizationMembers).values({ organizationId, userId, role });
    await db.insert(apiTokens).values({
      ...{ organizationId, userId, name: 'test', scope: scopeOfRole(role) },
      tokenHash: createHash('sha256').update(token).digest('hex'),
    });
  });
  return { token, userId };
}
