import type { Used } from '../bills/index.ts';

const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;
const MICROS = 1_000_000;

interface Owned {
  readonly organizationId: string;
  readonly ownerId: string;
  readonly projectId: string;
}

/** Whole ones, as the database keeps them. */
type Charge = Used & Required<Pick<Used, 'seconds' | 'micros'>>;

/** createCharges carries what is less than a second or a micro-unit over to the next charge, so that sums are exact. */
export function createCharges<W extends Owned>(perHour: (workspace: W) => number | null) {
  const carried = new Map<string, { readonly ms: number; readonly micros: number }>();

  return {
    of(running: readonly W[], elapsedMs: number): Charge[] {
      const owed = new Map<string, Charge & { ms: number }>();
      for (const workspace of running) {
        const { organizationId, ownerId: userId, projectId } = workspace;
        const key = `${organizationId} ${userId} ${projectId}`;
        const before = owed.get(key) ?? carried.get(key) ?? { ms: 0, micros: 0 };
        const micros = before.micros + ((perHour(workspace) ?? 0) * MICROS * elapsedMs) / HOUR_MS;
        const ms = before.ms + elapsedMs;
        owed.set(key, { organizationId, userId, projectId, micros, ms, seconds: 0 });
      }
      return [...owed].flatMap(([key, { ms, micros, ...owner }]) => {
        const whole = { seconds: Math.floor(ms / SECOND_MS), micros: Math.floor(micros) };
        carried.set(key, { ms: ms - whole.seconds * SECOND_MS, micros: micros - whole.micros });
        return whole.seconds === 0 && whole.micros === 0 ? [] : [{ ...owner, ...whole }];
      });
    },
  };
}
