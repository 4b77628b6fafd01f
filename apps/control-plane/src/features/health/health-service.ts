import type * as z from 'zod';
import type { HealthPartSchema } from '@spt-flow/shared/api/health';
import type { Clock } from '../../lib/clock.ts';

type Part = z.output<typeof HealthPartSchema>;
export type PartState = Pick<Part, 'state' | 'detail' | 'next'>;
export type PartCheck = () => Promise<PartState>;

/** A check that takes longer than this is itself a finding. */
const CHECK_TIMEOUT_MS = 2_000;

export interface HealthService {
  /** All of them, or those of these names. */
  parts(names?: readonly string[]): Promise<Part[]>;
  /** True when requests can be served. */
  ready(): Promise<boolean>;
}

/** createHealthService asks parts how they are and remembers when that changed. */
export function createHealthService(deps: {
  readonly clock: Clock;
  readonly checks: Readonly<Record<string, PartCheck>>;
  /** Parts without which nothing works. */
  readonly required: readonly string[];
}): HealthService {
  const sinceByPart = new Map<string, { state: Part['state']; since: string | null }>();

  function stamp(name: string, state: PartState): Part {
    const known = sinceByPart.get(name);
    // Nobody knows for how long it was so before the first look.
    const changedAt = known ? deps.clock.now().toISOString() : null;
    const since = known?.state === state.state ? known.since : changedAt;
    sinceByPart.set(name, { state: state.state, since });
    return { name, since, ...state };
  }

  async function check(name: string, run: PartCheck): Promise<Part> {
    return stamp(name, await withTimeout(run));
  }

  function parts(names: readonly string[] = Object.keys(deps.checks)): Promise<Part[]> {
    return Promise.all(
      Object.entries(deps.checks)
        .filter(([name]) => names.includes(name))
        .map(([name, run]) => check(name, run)),
    );
  }

  return {
    parts,
    ready: async () => (await parts(deps.required)).every(({ state }) => state === 'ok'),
  };
}

async function withTimeout(run: PartCheck): Promise<PartState> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<PartState>((resolve) => {
    timer = setTimeout(
      () =>
        resolve({
          state: 'down',
          detail: 'Does not answer',
          next: 'Look at the log of the control plane',
        }),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([run(), timeout]);
  } catch (error) {
    return {
      state: 'down',
      detail: error instanceof Error ? error.message : 'Failed',
      next: 'Look at the log of the control plane',
    };
  } finally {
    clearTimeout(timer);
  }
}
