import * as z from 'zod';

/** ErrorBodySchema is what every failed request carries; texts for people come from the error catalogue by `code`. */
export const ErrorBodySchema = z.object({
  code: z.string(),
  message: z.string(),
  correlationId: z.string(),
  /** Only where it helps to correct the request, e.g. `{ issues: [{ path, message }] }`. */
  details: z.record(z.string(), z.unknown()).optional(),
});
export type ErrorBody = z.infer<typeof ErrorBodySchema>;

/** envelopeOf is the form of every REST answer: exactly one of `data` and `error` is not null. */
export function envelopeOf<T extends z.ZodType>(data: T) {
  return z.object({
    success: z.boolean(),
    data: data.nullable(),
    error: ErrorBodySchema.nullable(),
  });
}
