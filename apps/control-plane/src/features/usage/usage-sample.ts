import type { UsageSample } from '@spt-flow/shared/api/usage';
import * as z from 'zod';

/** As it is stored, since a chart is hundreds of them: `at` is in milliseconds since the epoch. */
const StoredSampleSchema = z.tuple([
  z.number(),
  z.number().nullable(),
  z.number().nullable(),
  z.number().nullable(),
  z.number().nullable(),
  z.number().nullable(),
]);
export const StoredSamplesSchema = z.array(StoredSampleSchema);
export type StoredSample = z.infer<typeof StoredSampleSchema>;

export const MachineSchema = z.object({
  cpus: z.number().nullable().default(null),
  memoryBytes: z.number().nullable().default(null),
  diskBytes: z.number().nullable().default(null),
});
export type Machine = z.infer<typeof MachineSchema>;

export function toUsageSample(sample: StoredSample): UsageSample {
  const [at, cpus, memoryBytes, diskBytes, receivedBytesPerSecond, sentBytesPerSecond] = sample;
  return {
    ...{ at: new Date(at).toISOString(), cpus, memoryBytes, diskBytes },
    ...{ receivedBytesPerSecond, sentBytesPerSecond },
  };
}

/** RunningMean is one sample in place of many; what none of them knows stays unknown. */
export class RunningMean {
  readonly #sums = [0, 0, 0, 0, 0];
  readonly #counts = [0, 0, 0, 0, 0];

  add([, ...values]: StoredSample): void {
    values.forEach((value, column) => {
      if (value === null) return;
      this.#sums[column] = (this.#sums[column] ?? 0) + value;
      this.#counts[column] = (this.#counts[column] ?? 0) + 1;
    });
  }

  /** The mean so far, at the moment that is told; then it begins anew. */
  take(at: number): StoredSample {
    const mean = (column: number): number | null => {
      const count = this.#counts[column] ?? 0;
      return count === 0 ? null : round((this.#sums[column] ?? 0) / count);
    };
    const taken: StoredSample = [at, mean(0), mean(1), mean(2), mean(3), mean(4)];
    this.#sums.fill(0);
    this.#counts.fill(0);
    return taken;
  }
}

/** Thousandths are enough for processors, and more digits only fill the database. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
