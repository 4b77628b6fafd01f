import type { Queryable } from '@spt-flow/db/client';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import type { Project } from '@spt-flow/shared/api/projects';
import type { TemplateChoiceSchema } from '@spt-flow/shared/api/template-choice';
import type { CloneOptions } from '@spt-flow/shared/domain/clone-options';
import { AppError } from '@spt-flow/shared/domain/errors';
import { readableName } from '@spt-flow/shared/domain/name';
import type { ChoosablePlace } from '@spt-flow/shared/domain/places';
import { repositoryName } from '@spt-flow/shared/domain/repository-url';
import { slugVariant, slugify } from '@spt-flow/shared/domain/slug';
import type * as z from 'zod';
import type { Audit } from '../../lib/audit.ts';
import { decodeCursor, toPage } from '../../lib/pagination.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { ChosenTemplate, Chooser } from '../templates/index.ts';
import type { Blueprint, ChosenSettings } from '../workspaces/index.ts';
import type { ProjectWorkspaces, WorkspaceProviderName } from './project-workspaces.ts';
import { requireContainers, requireOneMaker } from './project-preview.ts';
import type { ProjectChange, ProjectRow, ProjectsRepository } from './projects-repository.ts';

const SLUG_ATTEMPTS = 50;

type NewRow = Parameters<ProjectsRepository['insert']>[0];

export interface ProjectsServiceDeps {
  readonly repository: ProjectsRepository;
  readonly workspaces: ProjectWorkspaces;
  /** What a chosen template comes to; AppError when it can't be used like this. */
  readonly chooseTemplate: (
    organizationId: string,
    choice: z.output<typeof TemplateChoiceSchema>,
    by: Chooser,
  ) => Promise<ChosenTemplate>;
  readonly audit: Audit;
  /** Removes the committed code of a project that is deleted. */
  readonly removeRepository: (projectId: string) => Promise<void>;
  /** Nothing that is done for a project that is deleted goes on. */
  readonly onRemoved?: (projectId: string) => Promise<void>;
  /** Whom a new project is of interest to. */
  readonly onCreated?: (project: ProjectRow) => Promise<void>;
  readonly publish: (topic: string, event: LiveEvent, tx?: Queryable) => Promise<unknown>;
  readonly onError: (error: unknown) => void;
  readonly previewUrl: (slug: string) => string;
  readonly maxProjectsPerUser: number;
}

export interface CreateProjectInput {
  readonly name: string;
  readonly description?: string | undefined;
  readonly repositoryUrl?: string | undefined;
  readonly clone?: CloneOptions | undefined;
  readonly template?: z.output<typeof TemplateChoiceSchema> | undefined;
  readonly settings?: ChosenSettings | undefined;
  /** Where a person wants it; absent: as its template or the installation says. */
  readonly provider?: ChoosablePlace | undefined;
  /** Name or id of a server that hosts workspaces. */
  readonly server?: string | undefined;
  readonly dryRun: boolean;
}

/** NewProject is what is stored for one; nothing starts with it. */
export interface NewProject {
  readonly name: string;
  readonly description?: string | undefined;
  readonly repositoryUrl?: string | undefined;
  readonly clone?: CloneOptions | undefined;
  /** Absent: where new workspaces run. */
  readonly provider?: WorkspaceProviderName | undefined;
  /** The server in whose container engine it runs. */
  readonly hostId?: string | undefined;
  readonly blueprint?: Blueprint | undefined;
  /** The files of the workspace come from elsewhere: it is not started before they are there. */
  readonly isFilled?: boolean | undefined;
  readonly settings?: ChosenSettings | undefined;
  /** Of the workspace; absent: the project's slug. */
  readonly workspaceName?: string | undefined;
}

interface ChosenPlace {
  readonly provider: WorkspaceProviderName | undefined;
  readonly host: { readonly id: string; readonly name: string } | undefined;
}

export type ProjectsService = ReturnType<typeof createProjectsService>;

export function createProjectsService(deps: ProjectsServiceDeps) {
  const { repository, workspaces, audit } = deps;

  async function toApi(row: ProjectRow): Promise<Project> {
    return {
      id: row.id,
      name: row.name,
      slug: row.slug,
      description: row.description,
      template: row.template,
      status: row.status,
      previewUrl: deps.previewUrl(row.slug),
      repositoryUrl: row.repositoryUrl,
      workspace: await workspaces.ofProject(row.id),
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
    };
  }

  async function find(organizationId: string, handle: string): Promise<ProjectRow> {
    const row = await repository.find(organizationId, handle);
    if (!row || row.status === 'archived')
      throw new AppError('not_found', `There is no project "${handle}"`);
    return row;
  }

  /** Tells everybody in the organization what the project looks like now. */
  async function announce(projectId: string): Promise<void> {
    const row = await repository.get(projectId);
    if (!row || row.status === 'archived') return;
    await deps.publish(`organization:${row.organizationId}`, {
      type: 'project.changed',
      project: await toApi(row),
    });
  }

  /** Deletes what is left of an archived project once its workspace is gone. */
  async function purge(projectId: string): Promise<void> {
    if ((await workspaces.ofProject(projectId)) !== null) return;
    await deps.removeRepository(projectId);
    await repository.remove(projectId);
  }

  async function insertWithFreeSlug(
    values: Omit<NewRow, 'slug'>,
    insert: (values: NewRow) => Promise<ProjectRow | undefined>,
  ): Promise<ProjectRow> {
    const base = slugify(values.name);
    for (let attempt = 0; attempt < SLUG_ATTEMPTS; attempt += 1) {
      const row = await insert({ ...values, slug: slugVariant(base, attempt) });
      if (row) return row;
    }
    throw new AppError('name_taken');
  }

  function plan(
    input: CreateProjectInput,
    chosen: ChosenTemplate | undefined,
    { provider, host }: ChosenPlace,
  ) {
    const steps = [
      `Create the project "${input.name}"`,
      ...workspaces.plan(slugify(input.name), provider),
      ...(host ? [`Run it on the server "${host.name}"`] : []),
      ...(chosen?.steps ?? settingsSteps(input.settings)),
    ];
    if (input.repositoryUrl !== undefined) {
      const at = input.clone?.ref ? ` at ${input.clone.ref}` : '';
      const name = repositoryName(input.repositoryUrl);
      steps.push(`Clone ${input.repositoryUrl} (${name})${at} into it`);
    }
    return { steps: [...steps, 'Start it and wait until its agent is connected'] };
  }

  async function choosePlace(
    organizationId: string,
    { server, provider: wanted }: Pick<CreateProjectInput, 'server' | 'provider'>,
    byTemplate: WorkspaceProviderName | null,
  ): Promise<ChosenPlace> {
    if (server === undefined)
      return { provider: await workspaces.choosePlace({ wanted, byTemplate }), host: undefined };
    requireContainers(wanted, byTemplate);
    const host = await workspaces.findHost(organizationId, server);
    return { provider: 'docker', host };
  }

  async function store(
    principal: Principal,
    input: NewProject,
    correlationId: string,
  ): Promise<{ row: ProjectRow; workspaceId: string }> {
    return repository.transaction(async (tx) => {
      if ((await repository.countToAdd(principal.userId, tx)) >= deps.maxProjectsPerUser) {
        throw new AppError(
          'limit_reached',
          `You have ${deps.maxProjectsPerUser} projects, which is the limit`,
        );
      }
      const { organizationId } = principal;
      const { blueprint, provider, hostId, repositoryUrl = null } = input;
      const claimed =
        blueprint && !input.isFilled && hostId === undefined
          ? await workspaces.claim({ organizationId, blueprint, provider, repositoryUrl }, tx)
          : undefined;
      const row = await insertWithFreeSlug(
        {
          organizationId,
          userId: principal.userId,
          name: input.name,
          description: input.description ?? null,
          template: repositoryUrl === null ? 'undecided' : 'repository',
          repositoryUrl,
          ...(input.clone && { cloneOptions: { ...input.clone } }),
        },
        (values) =>
          claimed
            ? repository.replace(claimed.projectId, values, tx)
            : repository.insert(values, tx),
      );
      const workspace = await workspaces.create(
        {
          organizationId: row.organizationId,
          ownerId: principal.userId,
          projectId: row.id,
          name: input.workspaceName ?? row.slug,
          ...{ provider, hostId, blueprint },
          isFilled: input.isFilled,
          settings: input.settings,
          ready: claimed && { id: claimed.workspaceId, isAsMade: claimed.isAsMade },
          correlationId,
        },
        tx,
      );
      await audit.record(entryOf(principal, 'project.create', { row, correlationId }), tx);
      return { row, workspaceId: workspace.id };
    });
  }

  return {
    toApi,
    find,
    announce,
    store,

    async list(
      principal: Principal,
      query: { cursor?: string | undefined; limit: number; search?: string | undefined },
    ) {
      const rows = await repository.list(principal, {
        before: decodeCursor(query.cursor),
        limit: query.limit + 1,
        search: query.search,
      });
      const page = toPage(rows, query.limit, (row) => row.createdAt);
      return { items: await Promise.all(page.items.map(toApi)), nextCursor: page.nextCursor };
    },

    async create(principal: Principal, input: CreateProjectInput, correlationId: string) {
      const { template, ...project } = input;
      requireOneMaker(input);
      const { organizationId, userId: ownerId } = principal;
      const asked = { principal: auditName(principal), target: input.name, correlationId };
      const wanted = input.server === undefined ? input.provider : 'docker';
      const by = { ownerId, provider: wanted, ...(!input.dryRun && { asked }) };
      const chosen = template && (await deps.chooseTemplate(organizationId, template, by));
      const place = await choosePlace(organizationId, input, chosen?.provider ?? null);
      const steps = plan(input, chosen, place);
      if (input.dryRun) return { project: null, plan: steps };
      const { provider, host } = place;
      const stored = { ...project, provider, hostId: host?.id, blueprint: chosen?.blueprint };
      const { row, workspaceId } = await store(principal, stored, correlationId);
      await workspaces.begin(workspaceId, correlationId);
      await announce(row.id);
      await deps.onCreated?.(row);
      return { project: await toApi(row), plan: steps };
    },

    async update(
      principal: Principal,
      handle: string,
      change: { name?: string | undefined; description?: string | null | undefined },
    ) {
      const row = await find(principal.organizationId, handle);
      if (change.name === undefined && change.description === undefined) return toApi(row);
      const updated = await repository.update(row.id, {
        ...(change.name !== undefined && { name: change.name }),
        ...(change.description !== undefined && { description: change.description }),
      });
      await announce(row.id);
      return toApi(updated ?? row);
    },

    /** What the builder's parts report: progress of the app itself. */
    async setStatus(projectId: string, change: ProjectChange): Promise<void> {
      await repository.update(projectId, change);
      await announce(projectId);
    },

    async remove(
      principal: Principal,
      input: { handle: string; confirmName: string },
      correlationId: string,
    ): Promise<Project> {
      const row = await find(principal.organizationId, input.handle);
      if (![row.name, readableName(row.name), row.slug].includes(input.confirmName)) {
        throw new AppError(
          'validation_failed',
          `Type the name "${row.name}" to delete the project`,
        );
      }
      await workspaces.assertRemovable(row.id);
      await repository.transaction(async (tx) => {
        await repository.update(row.id, { status: 'archived' }, tx);
        await audit.record(entryOf(principal, 'project.delete', { row, correlationId }), tx);
        const told = { type: 'project.deleted', projectId: row.id } as const;
        await deps.publish(`organization:${row.organizationId}`, told, tx);
      });
      await deps.onRemoved?.(row.id);
      const workspace = await workspaces.ofProject(row.id);
      const removal =
        workspace && (await workspaces.remove(principal, workspace.id, correlationId));
      void (removal?.gone ?? Promise.resolve()).then(() => purge(row.id)).catch(deps.onError);
      return toApi({ ...row, status: 'archived' });
    },

    /** At the start: finishes deletions that a crash interrupted. */
    async purgeArchived(): Promise<void> {
      for (const { id } of await repository.archived()) {
        const workspace = await workspaces.ofProject(id);
        const removal = workspace && (await workspaces.removeLeft(workspace.id));
        void (removal?.gone ?? Promise.resolve()).then(() => purge(id)).catch(deps.onError);
      }
    },

    async builds(
      principal: Principal,
      handle: string,
      query: { cursor?: string | undefined; limit: number },
    ) {
      const row = await find(principal.organizationId, handle);
      const rows = await repository.builds(row.id, {
        before: decodeCursor(query.cursor),
        limit: query.limit + 1,
      });
      return toPage(rows, query.limit, (build) => build.createdAt);
    },

    /** Whose workspace a new one of the project is. */
    async workspaceOwner(
      projectId: string,
    ): Promise<{ organizationId: string; ownerId: string; name: string }> {
      const row = await repository.get(projectId);
      if (!row || row.status === 'archived') throw new AppError('not_found');
      return { organizationId: row.organizationId, ownerId: row.userId, name: row.slug };
    },

    latestCommits: repository.latestCommits,
  };
}

function settingsSteps({ size, isolation }: ChosenSettings = {}): string[] {
  const parts = [
    ...(size === undefined ? [] : [`size ${size}`]),
    ...(isolation === undefined ? [] : [`isolation ${isolation}`]),
  ];
  return parts.length === 0 ? [] : [`Use ${parts.join(', ')}`];
}

function entryOf(
  principal: Principal,
  action: string,
  subject: { row: ProjectRow; correlationId: string },
) {
  return {
    organizationId: principal.organizationId,
    principal: auditName(principal),
    action,
    target: subject.row.id,
    correlationId: subject.correlationId,
    detail: { name: subject.row.name },
  };
}
