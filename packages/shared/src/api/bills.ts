import * as z from 'zod';
import { EmailSchema } from './auth.ts';
import { IdSchema, NameSchema } from './common.ts';
import { defineRoute } from './route.ts';

/** The same as a file; it takes the query of the route beside it. */
export const BILL_CSV_PATH = '/api/v1/bill.csv';

export const MonthQuerySchema = z.object({
  /** Such as `2026-11`, in UTC; absent: this month. */
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
    .optional(),
});

const BillRowSchema = z.object({
  userId: IdSchema,
  userName: NameSchema,
  email: EmailSchema,
  /** Nil: from before it was counted by project. */
  projectId: IdSchema,
  /** Empty: not known. */
  projectName: NameSchema,
  workspaceHours: z.number(),
  /** In the currency of the bill. */
  workspaceCost: z.number(),
  /** Of the chat, and of tools in workspaces. */
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  modelCostUsd: z.number(),
});
export type BillRow = z.infer<typeof BillRowSchema>;

export const BillSchema = z.object({
  month: z.string(),
  /** ISO 4217, of the workspaces. */
  currency: z.string(),
  items: z.array(BillRowSchema),
});
export type Bill = z.infer<typeof BillSchema>;

export const billRoutes = {
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/bill',
    access: 'admin',
    summary: 'What each person used in each project in a month',
    query: MonthQuerySchema,
    response: BillSchema,
  }),
};
