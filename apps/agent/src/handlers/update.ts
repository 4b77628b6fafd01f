import { randomUUID } from 'node:crypto';
import type { SpawnGroup, Environment } from '../runtime/spawn-group.ts';
import { signalGroup } from '../processes/process-group.ts';
import { AgentError } from '../system/errors.ts';
import { releasePlatform } from '../system/release-platform.ts';
import { otherSlot, type UpdatePlaces } from '../update/update-places.ts';
import { readSlot } from '../update/marks.ts';
import { armTrial } from '../update/trial.ts';
import { AGENT_VERSION } from '../version.ts';
import type { Handler } from './handler.ts';

export interface UpdateHandlerDeps {
  /** False: whoever started the agent would start this very version again. */
  readonly hasLauncher: boolean;
  readonly places: UpdatePlaces;
  readonly spawn: SpawnGroup;
  /** Runs this program as `update <folder> <version> <platform> <root file>`. */
  readonly command: readonly string[];
  readonly environment: Environment;
  readonly rootFile: string | undefined;
  /** Ends the agent once nothing is half done, and keeps what outlives it. */
  handOver(): void;
}

/** A short-lived child verifies and writes, since the memory of that never comes back; the agent passes bytes on. */
export function createUpdateHandler(deps: UpdateHandlerDeps): Handler<'update'> {
  let isBusy = false;

  return async ({ head, stream, accept }) => {
    if (!deps.hasLauncher)
      throw new AgentError(
        'unavailable',
        'This agent is not run by a launcher: it comes with its workspace, or has to be installed anew',
      );
    if (isBusy) throw new AgentError('busy', 'Another update is on its way');
    isBusy = true;
    try {
      const { places, command, rootFile = '' } = deps;
      const argv = [...command, places.root, head.version, releasePlatform(), rootFile];
      const group = await deps.spawn({ argv, cwd: '/', env: deps.environment });
      const stop = () => signalGroup(group.id, 'SIGKILL');
      stream.once('close', stop);
      group.stderr.resume();
      accept();
      stream.pipe(group.stdin);
      group.stdout.pipe(stream, { end: false });
      const { exitCode } = await group.closed;
      stream.off('close', stop);
      // Who is refused in the middle of a file is sent its rest all the same.
      stream.resume();
      if (exitCode !== 0) return void stream.end();
      await start(deps, head.version);
      // Whoever waits for the answer should have it before the connection ends.
      if (stream.destroyed) deps.handOver();
      else stream.end(() => deps.handOver());
    } finally {
      isBusy = false;
    }
  };
}

async function start({ places }: UpdateHandlerDeps, version: string): Promise<void> {
  const slot = otherSlot(await readSlot(places.current));
  await armTrial(places, { slot, id: randomUUID(), from: AGENT_VERSION, version });
}
