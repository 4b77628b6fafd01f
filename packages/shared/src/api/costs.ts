import * as z from 'zod';
import { IdSchema, NameSchema } from './common.ts';
import { defineRoute } from './route.ts';

/** A year of hours, twelfth: what a month of running all the time is reckoned with. */
export const HOURS_PER_MONTH = 730;

/** MoneySchema is an amount in the currency that the operator configured. */
export const MoneySchema = z.object({
  amount: z.number(),
  /** ISO 4217, e.g. `USD`. */
  currency: z.string(),
});
export type Money = z.infer<typeof MoneySchema>;

export const CostsSchema = z.object({
  /** `2026-11`, in UTC. */
  month: z.string(),
  spent: MoneySchema,
  /** What the organization may spend in a month; null: nobody said. */
  budget: MoneySchema.nullable(),
  /** `near` from four fifths of the budget on. */
  state: z.enum(['ok', 'near', 'over']),
  /** The largest first. */
  owners: z.array(z.object({ ownerId: IdSchema, ownerName: NameSchema, spent: MoneySchema })),
});
export type Costs = z.infer<typeof CostsSchema>;

export const costRoutes = {
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/costs',
    access: 'read',
    summary: 'What the running workspaces of the organization cost this month',
    response: z.object({ costs: CostsSchema.nullable() }),
  }),
  setBudget: defineRoute({
    method: 'PUT',
    path: '/api/v1/costs/budget',
    access: 'admin',
    summary: 'Set what the organization may spend in a month; it warns, and refuses nothing',
    body: z.strictObject({
      /** In the configured currency; null: as configured. */
      amount: z.number().min(0).max(1_000_000_000).nullable(),
    }),
    response: z.object({ costs: CostsSchema }),
  }),
};
