import type { Database } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ReadRemoteFiles } from '../git/index.ts';
import { createPermit, type WorkspacePolicy, type WorkspaceService } from '../workspaces/index.ts';
import { createBuiltIns } from './built-in-templates.ts';
import { createTemplateCatalog } from './template-catalog.ts';
import { createTemplateChoice, createTemplateResolver } from './template-choice.ts';
import { createTemplateFinder } from './template-finder.ts';
import { createTemplateUpdates } from './template-updates.ts';
import { createTemplatesRepository } from './templates-repository.ts';
import { createTemplatesService, type ActiveTemplate } from './templates-service.ts';

export interface TemplatesDeps {
  readonly db: Database;
  /** Of the templates that come with spt-flow. */
  readonly directory: string;
  readonly readRemoteFiles: ReadRemoteFiles;
  /** Repository of templates that are offered; null: none are. */
  readonly catalogUrl: string | null;
  readonly policy: WorkspacePolicy;
  /** Where workspaces run whose template names no provider. */
  readonly defaultProvider: string;
  readonly workspaces: Pick<WorkspaceService, 'find' | 'remake'>;
  readonly notifyWorkspace: (workspaceId: string) => Promise<void>;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly onError: (error: unknown, subject?: unknown) => void;
}

export type Templates = ReturnType<typeof createTemplates>;

/** More are told by the next load of the page. */
const MAX_NOTIFIED = 500;

/** createTemplates puts the feature together. */
export function createTemplates(deps: TemplatesDeps) {
  const repository = createTemplatesRepository(deps.db);
  const prepare = createBuiltIns({ repository, directory: deps.directory });
  const finder = createTemplateFinder({ repository, prepare });

  async function notifyWorkspaces(template: ActiveTemplate): Promise<void> {
    const found = await repository.workspacesOf(template, { limit: MAX_NOTIFIED });
    await Promise.all(found.map(({ row }) => deps.notifyWorkspace(row.id)));
  }

  const resolve = createTemplateResolver(finder);
  return {
    catalog: createTemplateCatalog({ ...deps, repositoryUrl: deps.catalogUrl }),
    find: finder.find,
    resolve,
    choose: createTemplateChoice({ ...deps, resolve, permit: createPermit(deps) }),
    updates: createTemplateUpdates({ ...deps, repository, finder }),
    service: createTemplatesService({
      ...{ repository, finder },
      readRemoteFiles: deps.readRemoteFiles,
      audit: deps.audit,
      clock: deps.clock,
      onActiveVersionChanged: (template) =>
        void notifyWorkspaces(template).catch((error: unknown) => deps.onError(error, template.id)),
    }),
  };
}
