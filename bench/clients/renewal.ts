import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { UpdateOutcomeSchema } from '@spt-flow/shared/agent-protocol/updates';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import type { EventBuffer } from '../../apps/agent/src/connection/event-buffer.ts';
import { readJson } from '../../apps/agent/src/update/release-record.ts';
import { runUpdate } from '../../apps/agent/src/update/run-update.ts';
import { armTrial, startTrial, type Trial } from '../../apps/agent/src/update/trial.ts';
import { updatePlaces } from '../../apps/agent/src/update/update-places.ts';

const PLATFORM = 'linux-x64';
const FIRST_VERSION = '0.1.0';

export interface Renewal {
  /** Of the program that would run. */
  readonly version: string;
  take(version: string, stream: TunnelStream): Promise<void>;
  onTunnel(tunnel: Tunnel): void;
  /** Tells what became of the last version. */
  report(): Promise<void>;
}

/**
 * createRenewal renews an agent as a machine does: the agent's own verification, slots and time of trial. What stands
 * in for the launcher is a connection that ends and comes back.
 */
export function createRenewal(
  { folder, root }: { readonly folder: string; readonly root: string },
  events: Pick<EventBuffer, 'emit' | 'hasListener'>,
): Renewal {
  const places = updatePlaces(path.join(folder, randomUUID()));
  let version = FIRST_VERSION;
  let trial: Trial | undefined;
  let current: Tunnel | undefined;

  async function report(): Promise<void> {
    if (!events.hasListener) return;
    const update = await readJson(places.outcome, UpdateOutcomeSchema);
    if (update) events.emit({ type: 'updated', update });
  }

  return {
    report,
    get version() {
      return version;
    },
    onTunnel(tunnel) {
      current = tunnel;
      trial?.onTunnel(tunnel);
    },
    async take(wanted, stream) {
      const order = { places, version: wanted, platform: PLATFORM, ownVersion: version };
      const slot = await runUpdate(
        { ...order, root: Buffer.from(root), nowMs: Date.now() },
        { input: stream, output: stream },
      );
      stream.resume();
      if (slot === undefined) return void stream.end();
      await armTrial(places, { slot, id: randomUUID(), from: version, version: wanted });
      version = wanted;
      const onProved = () => void report();
      trial = startTrial({ places, slot, onProved, onFailed: () => current?.close('not proved') });
      stream.end(() => current?.close('makes way for another version'));
    },
  };
}
