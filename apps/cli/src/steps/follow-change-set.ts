import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { Client } from '../api/client.ts';
import type { Context } from '../context.ts';
import { InterruptedError } from '../core/errors.ts';
import type { LiveFeed } from '../api/live-feed.ts';
import type { Progress, Step } from '../core/progress.ts';

const NAMES: Readonly<Record<string, string>> = {
  check: 'Checking',
  write: 'Writing',
  build: 'Building',
  restart: 'Restarting the app',
  probe: 'Asking the app',
  commit: 'Keeping the change',
  rollback: 'Undoing',
};

interface Followed {
  readonly handle: string;
  /** Resolves when the change set has ended. */
  readonly request: () => Promise<ChangeSet>;
}

/** followChangeSet makes a change and shows its steps. */
export async function followChangeSet(
  context: Context,
  client: Client,
  { handle, request }: Followed,
): Promise<ChangeSet> {
  const { id, projectId } = await client.getWorkspace(handle);
  const feed = await client.openLiveFeed();
  const progress = context.progress();
  try {
    await feed.subscribe(`project:${projectId}`, null);
    // Without the steps the change is made all the same.
    showSteps(feed, { workspaceId: id, progress }).catch(() => undefined);
    return await request();
  } catch (error) {
    if (!context.io.signal.aborted) throw error;
    throw new InterruptedError(
      `The change goes on without you\n  See what became of it: spt-flow open ${handle}`,
    );
  } finally {
    progress.end();
    feed.close();
  }
}

async function showSteps(
  feed: LiveFeed,
  { workspaceId, progress }: { workspaceId: string; progress: Progress },
): Promise<void> {
  const steps = new Map<string, Step>();
  for await (const update of feed.updates()) {
    if (update.type !== 'event' || update.event.type !== 'change-set.progress') continue;
    const { phase, state, durationMs, workspaceId: changed } = update.event;
    if (changed !== workspaceId) continue;
    const isOver = state !== 'running';
    steps.set(phase, {
      name: NAMES[phase] ?? phase,
      state,
      durationMs: isOver ? durationMs : null,
      detail: null,
    });
    progress.steps([...steps.values()]);
  }
}
