import type { UsageSample } from '@spt-flow/shared/api/usage';
import { z } from 'zod';

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

/** meanOf is one sample in place of many, at the moment that is told; what none of them knows stays unknown. */
export function meanOf(samples: readonly StoredSample[], at: number): StoredSample {
  const mean = (column: number): number | null => {
    const known = samples.map((sample) => sample[column]).filter((value) => value != null);
    return known.length === 0
      ? null
      : round(known.reduce((sum, one) => sum + one, 0) / known.length);
  };
  return [at, mean(1), mean(2), mean(3), mean(4), mean(5)];
}

/** Thousandths are enough for processors, and more digits only fill the database. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
