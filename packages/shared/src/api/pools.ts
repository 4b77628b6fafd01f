import * as z from 'zod';
import { HoursSchema } from '../domain/schedule.ts';
import { HandleParamsSchema } from './common.ts';
import { MoneySchema } from './costs.ts';
import { defineRoute } from './route.ts';

const MAX_SIZE = 50;
const MAX_AGE_HOURS = 24 * 30;

export const TemplatePoolSchema = z.object({
  /** How many workspaces are kept ready; 0: none. */
  size: z.number().int(),
  /** Older ones are replaced. */
  maxAgeHours: z.number().int(),
  /** Hours in which they are kept ready; null: day and night. */
  schedule: HoursSchema.nullable(),
  /** False: by its schedule none is kept ready now. */
  isOpen: z.boolean(),
  ready: z.number().int(),
  starting: z.number().int(),
  failed: z.number().int(),
  /** Of all that are there; null: nothing has a price. */
  costPerHour: MoneySchema.nullable(),
});
export type TemplatePool = z.infer<typeof TemplatePoolSchema>;

export const poolRoutes = {
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/templates/:handle/pool',
    access: 'admin',
    summary: 'How many workspaces of a template are kept ready, and what that costs',
    params: HandleParamsSchema,
    response: TemplatePoolSchema,
  }),
  set: defineRoute({
    method: 'PUT',
    path: '/api/v1/templates/:handle/pool',
    access: 'admin',
    summary: 'Say how many workspaces of a template are kept ready',
    params: HandleParamsSchema,
    body: z.strictObject({
      size: z.number().int().min(0).max(MAX_SIZE),
      maxAgeHours: z.number().int().min(1).max(MAX_AGE_HOURS).optional(),
      /** Null: day and night; absent: as before. */
      schedule: HoursSchema.nullable().optional(),
    }),
    response: TemplatePoolSchema,
  }),
};
