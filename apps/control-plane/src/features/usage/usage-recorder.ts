import type { Observed } from './usage-watch.ts';
import type { NewUsageRow, UsageRepository } from './usage-repository.ts';
import { RunningMean, type StoredSample } from './usage-sample.ts';
import { placeOf, RINGS } from './usage-ring.ts';

const TICK_MS = 1000;
/** What waits is stored over this many ticks, so that many agents make no crowd of writes. */
const TICKS_FOR_ALL = 30;
/** So few are stored at once: somebody may look at them. */
const FEW = 50;
const MINUTE_MS = 60_000;

interface Waiting {
  readonly samples: StoredSample[];
  machine: Observed['machine'];
}

/** Changed in place: thousands of agents would keep the collector busy with what lives for a minute. */
interface Minute {
  readonly mean: RunningMean;
  /** Since the epoch; undefined: it has no sample. */
  number: number | undefined;
  machine: Observed['machine'];
}

/** UsageRecorder gathers samples of all workspaces, and stores them little by little. */
export interface UsageRecorder {
  record(observed: Observed): void;
  /** Of the newest samples of all that still send; what is not known counts as nothing. */
  total(column: number): number;
  /** Nothing more comes of it: its minute has ended. */
  end(workspaceId: string): void;
  /** Stores what waits, which `start` does little by little. */
  flush(): Promise<void>;
  start(): void;
  close(): void;
}

/**
 * INVARIANTS: at most one statement at a time; the minute that has not ended is in memory only. What can't be stored
 * is a gap in a chart.
 */
export function createUsageRecorder(deps: {
  readonly repository: Pick<UsageRepository, 'append'>;
  readonly onError: (error: unknown) => void;
}): UsageRecorder {
  const waiting = new Map<string, Waiting>();
  const minutes = new Map<string, Minute>();
  const means = new Map<string, NewUsageRow>();
  const newest = new Map<string, StoredSample>();
  let isStoring = false;
  let storing = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  function addToMinute({ workspaceId, sample, machine }: Observed): void {
    const minute = minutes.get(workspaceId) ?? begin(workspaceId, machine);
    const number = minuteOf(sample);
    if (minute.number !== number) endMinute(workspaceId, minute);
    minute.number = number;
    minute.machine = machine;
    minute.mean.add(sample);
  }

  function begin(workspaceId: string, machine: Observed['machine']): Minute {
    const minute = { mean: new RunningMean(), number: undefined, machine };
    minutes.set(workspaceId, minute);
    return minute;
  }

  function endMinute(workspaceId: string, { mean, number, machine }: Minute): void {
    if (number === undefined) return;
    const samples = [mean.take(number * MINUTE_MS)];
    const row = rowOf('day', { workspaceId, machine, samples });
    const key = `${workspaceId} ${row.slot}`;
    // One statement must not change a row twice.
    const earlier = means.get(key)?.samples ?? [];
    means.set(key, { ...row, samples: [...earlier, ...row.samples] });
  }

  function take(limit: number): NewUsageRow[] {
    const taken = [...waiting].slice(0, limit);
    for (const [workspaceId] of taken) waiting.delete(workspaceId);
    const fine = taken.flatMap(([workspaceId, { samples, machine }]) =>
      byRow(samples).map((some) => rowOf('hour', { workspaceId, machine, samples: some })),
    );
    const rows = [...fine, ...means.values()];
    means.clear();
    return rows;
  }

  async function store(limit: number): Promise<void> {
    const rows = take(limit);
    if (rows.length === 0) return;
    isStoring = true;
    await deps.repository.append(rows).catch(deps.onError);
    isStoring = false;
  }

  function storeInTurn(limit: number): Promise<void> {
    storing = storing.then(() => store(limit));
    return storing;
  }

  return {
    total(column) {
      let sum = 0;
      for (const sample of newest.values()) sum += sample[column] ?? 0;
      return sum;
    },
    end(workspaceId) {
      newest.delete(workspaceId);
      const minute = minutes.get(workspaceId);
      minutes.delete(workspaceId);
      if (minute) endMinute(workspaceId, minute);
    },
    record(observed) {
      const { workspaceId, sample, machine } = observed;
      newest.set(workspaceId, sample);
      const known = waiting.get(workspaceId);
      if (known) {
        known.samples.push(sample);
        known.machine = machine;
      } else waiting.set(workspaceId, { samples: [sample], machine });
      addToMinute(observed);
    },
    flush: () => storeInTurn(Number.POSITIVE_INFINITY),
    start() {
      timer = setInterval(() => {
        if (!isStoring) void storeInTurn(Math.max(FEW, Math.ceil(waiting.size / TICKS_FOR_ALL)));
      }, TICK_MS);
      timer.unref();
    },
    close: () => clearInterval(timer),
  };
}

function rowOf(
  span: keyof typeof RINGS,
  { samples, ...row }: Pick<NewUsageRow, 'workspaceId' | 'machine' | 'samples'>,
): NewUsageRow {
  const ring = RINGS[span];
  const { stepSeconds } = ring;
  return { ...row, ...placeOf(ring, samples[0]?.[0] ?? 0), stepSeconds, samples };
}

function minuteOf([at]: StoredSample): number {
  return Math.floor(at / MINUTE_MS);
}

/** What waited a while may be of two rows. */
function byRow(samples: readonly StoredSample[]): StoredSample[][] {
  const rows = new Map<number, StoredSample[]>();
  for (const sample of samples) {
    const { slot } = placeOf(RINGS.hour, sample[0]);
    rows.set(slot, [...(rows.get(slot) ?? []), sample]);
  }
  return [...rows.values()];
}
