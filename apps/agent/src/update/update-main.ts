import { AGENT_VERSION, BUILT_IN_UPDATE_ROOT } from '../version.ts';
import { readRoot, runUpdate, type UpdateStreams } from './run-update.ts';
import { updatePlaces } from './update-places.ts';

/** 0: a version waits to be started. */
export async function runUpdateMain(
  [root = '', version = '', platform = '', rootFile]: readonly string[],
  streams: UpdateStreams,
): Promise<number> {
  const slot = await runUpdate(
    {
      places: updatePlaces(root),
      root: await readRoot(rootFile, BUILT_IN_UPDATE_ROOT),
      ...{ version, platform, ownVersion: AGENT_VERSION, nowMs: Date.now() },
    },
    streams,
  );
  return slot === undefined ? 1 : 0;
}
