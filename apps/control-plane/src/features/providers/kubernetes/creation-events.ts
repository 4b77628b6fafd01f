import * as z from 'zod';
import type { ClusterClient } from './cluster-client.ts';
import type { Objects } from './objects.ts';

const EventsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ uid: z.string() }),
      type: z.string().default(''),
      reason: z.string().default(''),
      message: z.string().default(''),
      count: z.number().nullish(),
      series: z.object({ count: z.number().default(0) }).nullish(),
    }),
  ),
});

/**
 * createEventReader returns what parts of the cluster newly say of an object that goes wrong: the controller of a
 * StatefulSet has no other way to tell why it makes no pod, nor a node why a volume is not there.
 */
export function createEventReader(client: ClusterClient, objects: Objects) {
  async function read(name: string) {
    const query = new URLSearchParams({ fieldSelector: `involvedObject.name=${name}` });
    const { items } = EventsSchema.parse(
      await client.ask({ path: `${objects.path('Event')}?${query.toString()}` }),
    );
    return items
      .filter(({ type }) => type === 'Warning')
      .map(({ metadata, count, series, reason, message }) => ({
        ...{ reason, message },
        key: `${metadata.uid} ${count ?? series?.count ?? 0}`,
      }));
  }

  return async (name: string) => {
    const before = new Set((await read(name)).map(({ key }) => key));
    return async (): Promise<{ reason: string; message: string }[]> =>
      (await read(name)).filter(({ key }) => !before.has(key));
  };
}
