import { expect, it } from 'vitest';
import * as z from 'zod';
import { allRoutes } from './all-routes.ts';

/** What takes no text as it comes, and says so itself. */
const EXCEPTIONS = new Set([
  'POST /api/v1/projects/:handle/domains name',
  'DELETE /api/v1/projects/:handle confirmName',
]);

interface ChosenName {
  readonly field: string;
  readonly schema: z.ZodType;
}

const chosen = (await allRoutes()).flatMap(({ method, path, body }): ChosenName[] =>
  body instanceof z.ZodObject
    ? Object.entries<z.ZodType>(body.shape)
        .map(([key, schema]) => ({ field: `${method} ${path} ${key}`, schema }))
        .filter(({ field }) => /name$/i.test(field) && !EXCEPTIONS.has(field))
    : [],
);

it.each(chosen)('$field is nothing that cannot be seen', ({ schema }) => {
  for (const name of ['a\u202eb', 'a\r\nb', 'a\u200bb', `a${'\u0301'.repeat(9)}`])
    expect(schema.safeParse(name).data).not.toBe(name);
});
