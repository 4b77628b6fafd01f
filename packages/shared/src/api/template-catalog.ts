import * as z from 'zod';
import { defineRoute } from './route.ts';

/** CatalogEntry is one template that an organization may take over. */
export const CatalogEntrySchema = z.object({
  /** Its directory in the repository; null: the root. */
  path: z.string().nullable(),
  name: z.string(),
  displayName: z.string(),
  icon: z.string(),
  description: z.string(),
  /** Why it can't be added; null: it can. */
  problem: z.string().nullable(),
});
export type CatalogEntry = z.infer<typeof CatalogEntrySchema>;

export const templateCatalogRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/template-catalog',
    access: 'read',
    summary: 'Templates that the installation offers, to be pushed from its repository',
    response: z.object({
      /** Null: the installation names none. */
      repositoryUrl: z.string().nullable(),
      items: z.array(CatalogEntrySchema),
    }),
  }),
};
