import type { Queryable } from '@spt-flow/db/client';
import * as z from 'zod';

/** What replicas tell each other: secrets of an organization changed. */
const NoticeSchema = z.object({ organizationId: z.uuid(), restart: z.boolean() });
export type SecretsNotice = z.infer<typeof NoticeSchema>;

export type Announce = (notice: SecretsNotice, tx?: Queryable) => Promise<void>;

export function parseNotice(payload: string): SecretsNotice {
  return NoticeSchema.parse(JSON.parse(payload));
}
