import * as z from 'zod';
import { SizePrices } from './size-prices.ts';

export const LIFECYCLE_VARIABLES = {
  SPT_FLOW_IDLE_MINUTES: z.coerce.number().int().min(0).max(10_080).default(30),
  SPT_FLOW_DORMANT_DAYS: z.coerce.number().int().min(0).max(3_650).default(0),
  SPT_FLOW_DELETE_DAYS: z.coerce.number().int().min(0).max(3_650).default(0),
  MAX_RUNNING_WORKSPACES_PER_USER: z.coerce.number().int().min(1).default(3),
  MAX_RUNNING_WORKSPACES_PER_ORGANIZATION: z.coerce.number().int().min(1).optional(),
  SPT_FLOW_PRICES: SizePrices.default({}),
  SPT_FLOW_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('USD'),
  SPT_FLOW_MONTHLY_BUDGET: z.coerce.number().min(0).optional(),
};

type Variables = z.infer<z.ZodObject<typeof LIFECYCLE_VARIABLES>>;

/** lifecycleOf says when workspaces stop by themselves, how many may run, and what that costs. */
export function lifecycleOf(variables: Variables) {
  return {
    /** Minutes without use after which workspaces stop unless they say otherwise; 0: never. */
    idleMinutes: variables.SPT_FLOW_IDLE_MINUTES,
    /** Days without use after which workspaces become dormant; 0: never. */
    dormantDays: variables.SPT_FLOW_DORMANT_DAYS,
    /** Days after which dormant ones are deleted; 0: never. */
    deleteDays: variables.SPT_FLOW_DELETE_DAYS,
    maxRunningPerUser: variables.MAX_RUNNING_WORKSPACES_PER_USER,
    /** Unset: no limit. */
    maxRunningPerOrganization: variables.MAX_RUNNING_WORKSPACES_PER_ORGANIZATION,
    pricesPerHour: variables.SPT_FLOW_PRICES,
    currency: variables.SPT_FLOW_CURRENCY,
    /** Of an organization; unset: nobody said. */
    monthlyBudget: variables.SPT_FLOW_MONTHLY_BUDGET,
  };
}
