import * as z from 'zod/mini';

/**
 * boundedArray refuses an array that is too long before it looks at what is in it: a fault for each of millions of
 * elements would take gigabytes.
 */
export function boundedArray<T extends z.core.$ZodType>(element: T, maxLength: number) {
  return z.pipe(z.array(z.unknown()).check(z.maxLength(maxLength)), z.array(element));
}
