import { setTimeout as sleep } from 'node:timers/promises';
import { UpdateOutcomeSchema } from '@spt-flow/shared/agent-protocol/updates';
import type { Tunnel } from '@spt-flow/tunnel/types';
import type { EventBuffer } from '../connection/event-buffer.ts';
import { createUpdateHandler } from '../handlers/update.ts';
import type { Environment, SpawnGroup } from '../runtime/spawn-group.ts';
import type { AgentLog } from '../system/agent-log.ts';
import { messageOf } from '../system/errors.ts';
import { type Launch, watchLauncher } from './launch.ts';
import { readJson } from './release-record.ts';
import { settleTrial, startTrial, type Trial } from './trial.ts';
import { updatePlaces } from './update-places.ts';

const IDLE_POLL_MS = 100;
/** What has not ended by then is recovered by the next agent, as after a crash. */
const IDLE_PATIENCE_MS = 60_000;

export interface UpdatesDeps {
  /** Of what the agent and its launcher know of versions. */
  readonly root: string;
  readonly launch: Launch;
  readonly rootFile: string | undefined;
  readonly command: readonly string[];
  readonly spawn: SpawnGroup;
  readonly environment: Environment;
  readonly events: Pick<EventBuffer, 'emit' | 'hasListener'>;
  readonly log: AgentLog;
  /** Something is half done that a restart would have to undo. */
  isBusy(): boolean;
  /** Ends this process, and leaves to the next one what outlives it. */
  makeWay(): void;
}

export type Updates = ReturnType<typeof openUpdates>;

/** openUpdates is the agent's part in being renewed: it has versions fetched, proves itself, and tells what came of it. */
export function openUpdates(deps: UpdatesDeps) {
  const { launch, log, events } = deps;
  const places = updatePlaces(deps.root);
  const { trial: slot } = launch;
  let trial: Trial | undefined;
  if (slot !== undefined) {
    trial = startTrial({
      ...{ places, slot, onFailed: deps.makeWay },
      onProved: () => void report().catch(() => undefined),
    });
  }
  watchLauncher(launch, deps.makeWay);

  /** Each time somebody listens: it may have ended before it wrote the news down. */
  async function report(): Promise<void> {
    if (!events.hasListener) return;
    if (slot === undefined) await settleTrial(places);
    const update = await readJson(places.outcome, UpdateOutcomeSchema);
    if (update) events.emit({ type: 'updated', update });
  }

  async function handOver(): Promise<void> {
    for (let waitedMs = 0; deps.isBusy() && waitedMs < IDLE_PATIENCE_MS; waitedMs += IDLE_POLL_MS)
      await sleep(IDLE_POLL_MS);
    deps.makeWay();
  }

  return {
    report: () =>
      report().catch((error: unknown) =>
        log('warn', `Cannot tell what became of an update: ${messageOf(error)}`),
      ),
    onTunnel: (tunnel: Tunnel) => trial?.onTunnel(tunnel),
    handler: createUpdateHandler({
      ...{ places, command: deps.command, spawn: deps.spawn, rootFile: deps.rootFile },
      environment: deps.environment,
      hasLauncher: launch.launcherPid !== undefined,
      handOver: () => void handOver(),
    }),
  };
}
