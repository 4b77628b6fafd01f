import * as z from 'zod';

/** A short code that a person carries from one screen to another, e.g. "BDWP-HQPK". */
export const UserCodeSchema = z.string().regex(/^[A-Z]{4}-[A-Z]{4}$/);
