import * as z from 'zod';

/** What is read of a delivery: the rest is asked of the API, which is never late and never out of order. */
const HookEventSchema = z.discriminatedUnion('object_kind', [
  z.object({ object_kind: z.literal('push'), project_id: z.int() }),
  z.object({
    object_kind: z.literal('pipeline'),
    project: z.object({ id: z.int() }),
  }),
  z.object({ object_kind: z.literal('build'), project_id: z.int() }),
]);

/** projectOfHook returns the id of GitLab's project that a delivery is about; undefined: nothing that is of interest. */
export function projectOfHook(body: Buffer): number | undefined {
  try {
    const event = HookEventSchema.parse(JSON.parse(body.toString()));
    return event.object_kind === 'pipeline' ? event.project.id : event.project_id;
  } catch {
    return undefined;
  }
}
