const HOUR_MS = 3_600_000;
const MICROS = 1_000_000;

interface Owned {
  readonly organizationId: string;
  readonly ownerId: string;
}

export interface Charge {
  readonly organizationId: string;
  readonly userId: string;
  /** Whole ones, as the database keeps them. */
  readonly micros: number;
}

/** createCharges carries what is less than a micro-unit over to an owner's next charge, so that sums are exact. */
export function createCharges<W extends Owned>(perHour: (workspace: W) => number | null) {
  const carried = new Map<string, number>();

  return {
    of(running: readonly W[], elapsedMs: number): Charge[] {
      const owed = new Map<string, { organizationId: string; userId: string; micros: number }>();
      for (const workspace of running) {
        const { organizationId, ownerId: userId } = workspace;
        const key = `${organizationId} ${userId}`;
        const before = owed.get(key)?.micros ?? carried.get(key) ?? 0;
        const micros = before + ((perHour(workspace) ?? 0) * MICROS * elapsedMs) / HOUR_MS;
        owed.set(key, { organizationId, userId, micros });
      }
      return [...owed].flatMap(([key, { micros, ...owner }]) => {
        const whole = Math.floor(micros);
        carried.set(key, micros - whole);
        return whole === 0 ? [] : [{ ...owner, micros: whole }];
      });
    },
  };
}
