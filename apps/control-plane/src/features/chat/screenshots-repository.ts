import type { Database } from '@spt-flow/db/client';
import { screenshots } from '@spt-flow/db/schema';
import { and, desc, eq, lt } from 'drizzle-orm';

/** Of a project: older ones go when a new one comes. */
const KEPT = 50;

export interface NewScreenshot {
  readonly organizationId: string;
  readonly projectId: string;
  /** JPEG */
  readonly picture: Buffer;
}

export type Screenshots = ReturnType<typeof createScreenshots>;

/** createScreenshots keeps what browsers saw of the apps. */
export function createScreenshots(db: Database) {
  async function prune(projectId: string): Promise<void> {
    const [oldest] = await db
      .select({ createdAt: screenshots.createdAt })
      .from(screenshots)
      .where(eq(screenshots.projectId, projectId))
      .orderBy(desc(screenshots.createdAt))
      .offset(KEPT - 1)
      .limit(1);
    if (oldest)
      await db
        .delete(screenshots)
        .where(
          and(eq(screenshots.projectId, projectId), lt(screenshots.createdAt, oldest.createdAt)),
        );
  }

  return {
    async add(screenshot: NewScreenshot): Promise<string> {
      const [row] = await db
        .insert(screenshots)
        .values(screenshot)
        .returning({ id: screenshots.id });
      if (!row) throw new Error('the screenshot was not stored');
      await prune(screenshot.projectId);
      return row.id;
    },

    /** Undefined for those of other projects and those that are gone. */
    async find(projectId: string, id: string): Promise<Buffer | undefined> {
      const [row] = await db
        .select({ picture: screenshots.picture })
        .from(screenshots)
        .where(and(eq(screenshots.projectId, projectId), eq(screenshots.id, id)));
      return row?.picture;
    },
  };
}
