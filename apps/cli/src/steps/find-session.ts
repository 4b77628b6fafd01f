import type { Session } from '@spt-flow/shared/api/sessions';
import type { Client } from '../api/client.ts';
import { usageError } from '../core/errors.ts';
import type { SessionQuery } from '../api/session-client.ts';

const MIN_LENGTH = 4;

/** findSession takes an id, or as much of its beginning as no other one has. */
export async function findSession(
  client: Pick<Client, 'listSessions'>,
  handle: string,
  { query, command }: { readonly query: SessionQuery; readonly command: string },
): Promise<Session> {
  const all = await client.listSessions(query);
  const found = all.filter(
    ({ id }) => id === handle || (handle.length >= MIN_LENGTH && id.startsWith(handle)),
  );
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  throw usageError(
    only ? 'Several sessions begin like this' : 'There is no session with this id',
    command,
  );
}
