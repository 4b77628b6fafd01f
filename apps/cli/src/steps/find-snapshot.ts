import type { Snapshot } from '@spt-flow/shared/api/snapshots';
import type { Client } from '../api/client.ts';
import { CliError, EXIT } from '../core/errors.ts';
import { plain } from '../core/text.ts';

/** findSnapshot finds one by its id, or by its name among those of a workspace. */
export async function findSnapshot(
  client: Client,
  handle: string,
  workspace?: string,
): Promise<Snapshot> {
  const { items } = await (workspace === undefined
    ? client.listAllSnapshots()
    : client.listSnapshots(workspace));
  const found = items.find(
    ({ id, name }) => id === handle || (workspace !== undefined && name === handle),
  );
  if (found) return found;
  throw new CliError({
    what: `There is no snapshot '${plain(handle)}'`,
    command: ['spt-flow snapshot list', ...(workspace === undefined ? [] : [workspace])].join(' '),
    exitCode: EXIT.notFound,
  });
}
