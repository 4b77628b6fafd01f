import { eq, ne, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { workspaces } from '@spt-flow/db/schema';
import { AppliedSchema, type Applied } from './applied.ts';

export type DevcontainersRepository = ReturnType<typeof createDevcontainersRepository>;

/** createDevcontainersRepository keeps what is known of a devcontainer beside what the provider keeps of its workspace. */
export function createDevcontainersRepository(db: Database) {
  return {
    async read(workspaceId: string): Promise<Applied> {
      const [row] = await db
        .select({ state: workspaces.providerState })
        .from(workspaces)
        .where(eq(workspaces.id, workspaceId));
      return AppliedSchema.parse(row?.state['devcontainer'] ?? {});
    },

    /** Of all workspaces that are not deleted. */
    async imagesInUse(): Promise<Set<string>> {
      const rows = await db
        .select({ state: workspaces.providerState })
        .from(workspaces)
        .where(ne(workspaces.actualState, 'deleted'));
      const plans = rows.map(
        ({ state }) => AppliedSchema.parse(state['devcontainer'] ?? {}).planned,
      );
      return new Set(
        plans.flatMap((planned) =>
          planned
            ? [planned.container.image, ...planned.container.services.map(({ image }) => image)]
            : [],
        ),
      );
    },

    async change(workspaceId: string, change: Partial<Applied>): Promise<void> {
      const text = JSON.stringify(change);
      await db
        .update(workspaces)
        .set({
          providerState: sql`jsonb_set(${workspaces.providerState}, '{devcontainer}', coalesce(${workspaces.providerState} -> 'devcontainer', '{}'::jsonb) || ${text}::text::jsonb)`,
        })
        .where(eq(workspaces.id, workspaceId));
    },
  };
}
