import type { LiveEvent } from '@spt-flow/shared/api/live';
import {
  createChangeSetService,
  createChangeSetsRepository,
} from '../../src/features/change-sets/index.ts';
import {
  createBareRepositories,
  createGit,
  createProjectRepository,
} from '../../src/features/git/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Stage } from './stage.ts';

type Deps = Parameters<typeof createChangeSetService>[0];

/** createTestService is the real service for one live workspace; `events` collects what it tells, unless told otherwise. */
export function createTestService(
  { db, controlPlane, live, bareDirectory }: Stage,
  overrides: Partial<Deps> = {},
) {
  const { hub, receiptFault } = controlPlane.agents;
  const git = createGit({ searchPath: process.env['PATH'] ?? '' });
  const repositories = createBareRepositories({ directory: bareDirectory, git });
  const events: LiveEvent[] = [];
  const service = createChangeSetService({
    ...{ agents: hub, receiptFault, audit: controlPlane.audit, clock: systemClock },
    repository: createChangeSetsRepository(db),
    git: createProjectRepository({ agents: hub, repositories }),
    workspaces: { find: async () => live.workspace, ensureReady: () => live.whenOnline() },
    projects: { setStatus: async () => undefined },
    events: { append: async (_topic, event) => events.push(event) },
    logger: { warn: (details) => controlPlane.errors.push(details) },
    conversations: { addNotice: async () => undefined },
    onUse: () => undefined,
    ...overrides,
  });
  return Object.assign(service, { events });
}
