import * as z from 'zod';

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
/** As Docker writes it: `2g`, `512m`; the engine takes no less than 6 MiB, and an agent needs more. */
export const MemorySize = z
  .string()
  .regex(/^\d+[bkmg]$/i, 'must be a number with a unit, such as 2g or 512m')
  .transform((text) => Number.parseInt(text, 10) * (UNITS[text.slice(-1).toLowerCase()] ?? 1))
  .refine((bytes) => bytes >= 128 * 1024 ** 2, 'must be at least 128m');
