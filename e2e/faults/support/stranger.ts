import { createHash, randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { openDatabase } from '@spt-flow/db/client';
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
  const token = `sptf_api_${randomBytes(32).toString('base64url')}`;
  await withDatabase(dataDirectory, async (db) => {
    const organizationId = randomUUID();
    const userId = randomUUID();
    await db.insert(organizations).values({ id: organizationId, name: 'Other', slug: 'other' });
    await db.insert(users).values({ id: userId, email: 'eve@example.com', name: 'Eve' });
    await db.insert(organizationMembers).values({ organizationId, userId, role: 'admin' });
    await db.insert(apiTokens).values({
      organizationId,
      userId,
      name: 'test',
      scope: 'admin',
      tokenHash: createHash('sha256').update(token).digest('hex'),
    });
  });
  return { token };
}
