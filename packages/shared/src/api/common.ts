import * as z from 'zod';
import { nameFault, readableName } from '../domain/name.ts';

export const API_PREFIX = '/api/v1';
export const CORRELATION_HEADER = 'x-correlation-id';

export const IdSchema = z.uuid();
/** TimestampSchema is an ISO 8601 instant in UTC. */
export const TimestampSchema = z.iso.datetime();
/** NameSchema is a name as answers tell it, also one that was chosen before there was a rule. */
export const NameSchema = z.string().trim().min(1).max(255).overwrite(readableName);
/** NewNameSchema is a name that somebody chooses. */
export const NewNameSchema = newName(255);
/** A correlation id that a client may choose: bounded, and safe in headers and logs. */
export const CorrelationIdSchema = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/);

export const PageQuerySchema = z.object({
  /** Opaque; from `nextCursor` of the page before. */
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export function newName(maxCharacters: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(maxCharacters)
    .refine((text) => nameFault(text) === undefined, {
      error: ({ input }) => nameFault(String(input)),
    });
}

export const IdParamsSchema = z.object({ id: IdSchema });
/** Where a person may give a name or an id: `spt-flow ssh my-app`. */
export const HandleParamsSchema = z.object({ handle: z.string().min(1).max(255) });
export const EmptySchema = z.object({});
