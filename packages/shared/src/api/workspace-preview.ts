import * as z from 'zod';
import { ParameterProblemSchema } from './templates.ts';
import { IdSchema, NameSchema, NewNameSchema } from './common.ts';
import { MoneySchema } from './costs.ts';
import { CreateProjectSchema, SlugSchema } from './projects.ts';
import { defineRoute } from './route.ts';
import { PROVIDERS } from './workspaces.ts';
import { CHOOSABLE_PLACES, PLACE_LACKS } from '../domain/places.ts';
import { ISOLATION_PROFILES, WORKSPACE_SIZES } from '../domain/workspace-settings.ts';

/** RefusalSchema is one rule that stands in the way of a workspace, or warns of it. */
export const RefusalSchema = z.object({
  kind: z.enum(['policy', 'quota', 'budget']),
  /** Name of the rule, e.g. `sizes`. */
  rule: z.string(),
  message: z.string(),
  remedy: z.string(),
  /** One of these workspaces has to be stopped first. */
  stop: z.array(NameSchema),
  /** False: it only warns. */
  isBlocking: z.boolean(),
});
export type Refusal = z.infer<typeof RefusalSchema>;

export const QuotaSchema = z.object({
  rule: z.enum(['running-per-person', 'running-per-organization', 'projects-per-person']),
  used: z.number().int(),
  /** Null: there is no limit. */
  limit: z.number().int().nullable(),
});
export type Quota = z.infer<typeof QuotaSchema>;

export const PlaceSchema = z.object({
  provider: z.enum(CHOOSABLE_PLACES),
  /** In whose container engine; null: in that of spt-flow's machine, or in none. */
  server: z.object({ id: IdSchema, name: NameSchema }).nullable(),
  /** Where workspaces run when nobody chooses. */
  isDefault: z.boolean(),
  /** What workspaces there can't have. */
  lacks: z.array(z.enum(PLACE_LACKS)),
});
export type Place = z.infer<typeof PlaceSchema>;

export const WorkspacePreviewSchema = z.object({
  /** What it would be called: the given name, made unique. */
  name: SlugSchema,
  /** Of the template's parameters. */
  problems: z.array(ParameterProblemSchema),
  /** Null when a parameter is in the way. */
  plan: z
    .object({
      provider: z.enum(PROVIDERS),
      size: z.enum(WORKSPACE_SIZES),
      isolation: z.enum(ISOLATION_PROFILES),
      /** Null: that of the control plane. */
      image: z.string().nullable(),
      /** Null: it has no price. */
      costPerHour: MoneySchema.nullable(),
      /** When it runs all the time. */
      costPerMonth: MoneySchema.nullable(),
    })
    .nullable(),
  /** Where it may run, as somebody chooses; empty: its template says where. */
  places: z.array(PlaceSchema),
  quotas: z.array(QuotaSchema),
  /** What the month costs when everything that runs goes on, this one included; null: there are no prices. */
  month: z
    .object({ spent: MoneySchema, expected: MoneySchema, budget: MoneySchema.nullable() })
    .nullable(),
  refusals: z.array(RefusalSchema),
  canCreate: z.boolean(),
});
export type WorkspacePreview = z.infer<typeof WorkspacePreviewSchema>;

export const workspacePreviewRoutes = {
  preview: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/preview',
    unaudited: 'only shows what would be made',
    access: 'read',
    names: { server: 'servers' },
    summary: 'What a new workspace would cost and what would be refused; nothing is made',
    body: CreateProjectSchema.pick({
      ...{ template: true, settings: true, provider: true, server: true },
    }).extend({ name: NewNameSchema.optional() }),
    response: WorkspacePreviewSchema,
  }),
};
