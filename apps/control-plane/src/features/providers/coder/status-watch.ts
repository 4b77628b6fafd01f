import { isUnavailable } from './coder-problem.ts';
import type { CoderClient } from './coder-client.ts';
import type { CoderBuild, CoderWorkspace } from './coder-shapes.ts';

const INTERVAL_MS = 15_000;

interface Watched {
  /** Which start it is that goes on. */
  readonly buildId: string;
  readonly onEnded: (cause: string) => void;
}

export interface StatusWatch {
  watch(name: string, watched: Watched): void;
  forget(name: string): void;
  close(): void;
}

/** createStatusWatch notices what is done to workspaces in Coder itself. One question answers for all of them. */
export function createStatusWatch(
  client: Pick<CoderClient, 'workspaces' | 'workspace'>,
  { onError, intervalMs = INTERVAL_MS }: { onError: (error: unknown) => void; intervalMs?: number },
): StatusWatch {
  const watched = new Map<string, Watched>();
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const before = new Map(watched);
    const found = new Map((await client.workspaces()).map((each) => [each.name, each]));
    for (const [name, { buildId, onEnded }] of before) {
      // One that is deleted meanwhile moves others from a page that is still to come to one that was read.
      const end = endOf(buildId, found.get(name) ?? (await client.workspace(name)));
      // It may have been started anew while Coder answered.
      if (end === undefined || watched.get(name)?.buildId !== buildId) continue;
      watched.delete(name);
      onEnded(end);
    }
  }

  function lookLater(): void {
    if (timer !== undefined || watched.size === 0) return;
    timer = setTimeout(() => {
      look()
        .catch((error: unknown) => {
          // What can't be asked goes on.
          if (!isUnavailable(error)) onError(error);
        })
        .finally(() => {
          timer = undefined;
          lookLater();
        });
    }, intervalMs);
    timer.unref();
  }

  return {
    watch(name, each) {
      watched.set(name, each);
      lookLater();
    },
    forget: (name) => void watched.delete(name),
    close() {
      watched.clear();
      clearTimeout(timer);
    },
  };
}

function endOf(buildId: string, workspace: CoderWorkspace | undefined): string | undefined {
  if (!workspace) return 'The workspace was deleted in Coder';
  const { latest_build: build } = workspace;
  if (build.id === buildId) return undefined;
  return wordsFor(build);
}

function wordsFor({ transition, reason }: CoderBuild): string {
  if (transition === 'start') return 'The workspace was restarted in Coder';
  const why = reason === 'autostop' ? 'by its schedule' : reason === 'dormancy' ? 'as dormant' : '';
  return `The workspace was ${transition === 'delete' ? 'deleted' : 'stopped'} in Coder ${why}`.trim();
}
