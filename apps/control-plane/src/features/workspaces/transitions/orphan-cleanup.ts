import { AppError } from '@spt-flow/shared/domain/errors';
import { within } from '../../../lib/abort.ts';
import type { LeftoversRepository } from './leftovers-repository.ts';
import type { WorkspaceProvider, Providers } from '../../providers/index.ts';

/** A provider that does not answer by then is asked again the next day. */
const LIMIT_MS = 60_000;

export interface OrphanCleanupDeps {
  readonly providers: Pick<Providers, 'all'>;
  readonly leftovers: LeftoversRepository;
  readonly onError: (error: unknown, workspaceId: string) => void;
}

/** createOrphanCleanup returns what removes the remains of deleted workspaces; it returns whose it removed. */
export function createOrphanCleanup(deps: OrphanCleanupDeps) {
  const { leftovers, onError } = deps;

  async function cleanUp(name: string, provider: WorkspaceProvider): Promise<string[]> {
    if (!provider.present) return [];
    const present = await within(LIMIT_MS, provider.present());
    const remembered = await leftovers.of(name);
    const deleted = new Set([
      ...remembered,
      ...(await leftovers.deletedAmong([...present.keys()])),
    ]);
    const removed: string[] = [];
    const limitMs = provider.endSeconds ? provider.endSeconds * 1_000 : LIMIT_MS;
    for (const id of present.keys()) {
      if (!deleted.has(id)) continue;
      await within(limitMs, provider.delete(id)).then(
        () => removed.push(id),
        (error: unknown) => onError(error, id),
      );
    }
    await leftovers.remove(remembered.filter((id) => !present.has(id) || removed.includes(id)));
    return removed;
  }

  return async (): Promise<string[]> => {
    const removed: string[] = [];
    for (const [name, provider] of deps.providers.all())
      removed.push(
        ...(await cleanUp(name, provider).catch((error: unknown) => {
          // An engine that is not there has nothing, or is asked again the next day.
          const isAway = error instanceof AppError && error.code === 'engine_unavailable';
          if (!isAway) onError(error, name);
          return [];
        })),
      );
    return removed;
  };
}
