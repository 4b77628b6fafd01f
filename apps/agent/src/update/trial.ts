import type { Tunnel } from '@spt-flow/tunnel/types';
import type { UpdateOutcome } from '@spt-flow/shared/agent-protocol/updates';
import { removeDurably, writeDurably } from '../system/durable-file.ts';
import { readMark, readSlot } from './marks.ts';
import { ArmedSchema, readJson } from './release-record.ts';
import type { Slot, UpdatePlaces } from './update-places.ts';

/** So long it must be connected without a break. */
const WATCH_MS = 10_000;
/** So long it has for that; the launcher gives it a little more. */
const DEADLINE_MS = 75_000;

export interface TrialDeps {
  readonly places: UpdatePlaces;
  readonly slot: Slot;
  /** It has not proved itself: the launcher goes back once this process has ended. */
  onFailed(): void;
  onProved(): void;
}

/** Trial is the time in which a new version has to prove itself: connected, and answered, for ten seconds. */
export interface Trial {
  onTunnel(tunnel: Pick<Tunnel, 'ping' | 'closed'>): void;
}

export function startTrial(deps: TrialDeps): Trial {
  let isOver = false;
  const deadline = setTimeout(() => end(deps.onFailed), DEADLINE_MS);

  function end(tell: () => void): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(deadline);
    tell();
  }

  return {
    onTunnel(tunnel) {
      if (isOver) return;
      const prove = async () => {
        await tunnel.ping();
        await commitTrial(deps.places, deps.slot);
      };
      const timer = setTimeout(
        () =>
          void prove().then(
            () => end(deps.onProved),
            // A broken connection may come back; a disk that takes no mark is told by the deadline.
            () => undefined,
          ),
        WATCH_MS,
      );
      void tunnel.closed.then(() => clearTimeout(timer));
    },
  };
}

/** INVARIANT: the mark of the current slot decides; what is written before and removed after it may be missing. */
async function commitTrial(places: UpdatePlaces, slot: Slot): Promise<void> {
  const armed = await readJson(places.armed, ArmedSchema);
  if (armed) await writeOutcome(places, { ...armed, outcome: 'committed' });
  await writeDurably(places.current, `${slot}\n`);
  await removeDurably(places.trial);
  await removeDurably(places.boots);
}

/** Arms the launcher: the next start is the trial. */
export async function armTrial(
  places: UpdatePlaces,
  { slot, ...armed }: { slot: Slot; id: string; from: string; version: string },
): Promise<void> {
  for (const mark of [places.reverted, places.boots, places.outcome]) await removeDurably(mark);
  await writeDurably(places.armed, JSON.stringify(armed));
  await writeDurably(places.trial, `${slot}\n`);
}

/** What the launcher left when it went back becomes the news of it. */
export async function settleTrial(places: UpdatePlaces): Promise<void> {
  const reason = await readMark(places.reverted);
  if (reason === undefined || (await readSlot(places.trial)) !== undefined) return;
  const armed = await readJson(places.armed, ArmedSchema);
  if (armed) await writeOutcome(places, { ...armed, outcome: 'reverted', reason });
  await removeDurably(places.armed);
  await removeDurably(places.reverted);
}

async function writeOutcome(places: UpdatePlaces, outcome: UpdateOutcome): Promise<void> {
  await writeDurably(places.outcome, JSON.stringify(outcome));
}
