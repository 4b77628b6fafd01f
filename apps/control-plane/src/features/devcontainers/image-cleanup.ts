import type { DockerEngine } from './images/index.ts';
import type { DevcontainersRepository } from './devcontainers-repository.ts';

const LIMIT_MS = 60_000;
/** Somebody may go back to what they had. */
const KEPT_UNUSED = 3;

export interface ImageCleanupDeps {
  readonly engine: Pick<DockerEngine, 'listBuilt' | 'remove'>;
  readonly repository: Pick<DevcontainersRepository, 'imagesInUse'>;
}

/**
 * createImageCleanup returns what removes images of builds that no workspace uses, but for the newest ones. It goes by
 * two looks: an image that was just chosen for a workspace may not be in its plan yet.
 */
export function createImageCleanup({ engine, repository }: ImageCleanupDeps) {
  let unusedBefore = new Set<string>();

  return async (): Promise<string[]> => {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const built = await engine.listBuilt(signal);
    const used = await repository.imagesInUse();
    const unused = built.filter((name) => !used.has(name));
    const due = unused.slice(KEPT_UNUSED).filter((name) => unusedBefore.has(name));
    unusedBefore = new Set(unused);
    const removed: string[] = [];
    for (const name of due) if (await engine.remove(name, signal)) removed.push(name);
    return removed;
  };
}
