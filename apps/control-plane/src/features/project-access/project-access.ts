import { AppError } from '@spt-flow/shared/domain/errors';
import { levelIn, reachesLevel, type ProjectLevel } from '@spt-flow/shared/domain/project-access';
import type { Clock } from '../../lib/clock.ts';
import { within, type Principal } from '../../lib/principal.ts';
import { createTtlCache } from '../../lib/ttl-cache.ts';
import type {
  FoundProject,
  Guarded,
  ProjectAccessRepository,
} from './project-access-repository.ts';
import type { Viewer } from './visible-repository.ts';

/** How long a change that another replica made may go unnoticed when its notice is lost. */
const TTL_MS = 5_000;
const MAX_ENTRIES = 10_000;
const NOTHING: ReadonlySet<string> = new Set();

/** ProjectAccess is the one place that decides who reaches what is of a project. */
export interface ProjectAccess {
  /**
   * Who asks, no further than they may go in the project of a thing; AppError `not_found` when it is not there for
   * them, `project_level` when they may not go that far. Things that do not exist pass: their service says so.
   */
  admit(principal: Principal, guarded: Guarded, needed?: ProjectLevel): Promise<Principal>;
  /** Whether they find the project with this id. */
  reaches(viewer: Viewer, projectId: string): Promise<boolean>;
  /** The ids of the projects that are not there for them. */
  hiddenFrom(viewer: Viewer): Promise<ReadonlySet<string>>;
  /** Rights have changed. */
  forget(): void;
}

export function createProjectAccess(deps: {
  readonly repository: Pick<ProjectAccessRepository, 'hasRestricted' | 'find' | 'hiddenFrom'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}): ProjectAccess {
  const { repository, clock } = deps;
  const options = { ttlMs: TTL_MS, maxEntries: MAX_ENTRIES, clock };
  /** By organization: most have nothing that is restricted, and then nothing more is asked. */
  const restricted = createTtlCache<boolean>(options);
  /** By person and project, for the many requests of a page in a preview. */
  const reached = createTtlCache<boolean>(options);

  async function isFree({ organizationId, role }: Viewer): Promise<boolean> {
    if (role === 'admin') return true;
    return !(await restricted.get(organizationId, () => repository.hasRestricted(organizationId)));
  }

  return {
    async admit(principal, guarded, needed = 'view') {
      if (await isFree(principal)) return principal;
      let admitted = principal;
      for (const project of await repository.find(principal, guarded)) {
        const level = levelOf(project, principal);
        if (!level) throw new AppError('not_found');
        if (!reachesLevel(level, needed)) throw new AppError('project_level');
        admitted = within(admitted, level);
      }
      return admitted;
    },

    async reaches(viewer, projectId) {
      if (await isFree(viewer)) return true;
      const isReached = await reached.get(`${viewer.userId} ${projectId}`, async () => {
        const found = await repository.find(viewer, { noun: 'projects', handle: projectId });
        return found.some((one) => one.id === projectId && levelOf(one, viewer) !== undefined);
      });
      return isReached === true;
    },

    hiddenFrom: async (viewer) =>
      (await isFree(viewer)) ? NOTHING : new Set(await repository.hiddenFrom(viewer)),

    forget() {
      restricted.forget();
      reached.forget();
    },
  };
}

function levelOf(project: FoundProject, { userId, role }: Viewer): ProjectLevel | undefined {
  return levelIn(project, { userId, role, grants: project.grants });
}
