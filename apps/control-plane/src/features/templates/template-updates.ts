import type { WorkspaceImpact } from '@spt-flow/shared/api/templates';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { AppError } from '@spt-flow/shared/domain/errors';
import { impactOf, type TemplateImpact } from '@spt-flow/shared/domain/template-impact';
import { resolveTemplate } from '@spt-flow/shared/domain/template-resolve';
import {
  ParameterValuesSchema,
  type ParameterValues,
} from '@spt-flow/shared/domain/template-shape';
import { WorkspaceSettingsSchema } from '@spt-flow/shared/domain/workspace-settings';
import type { Principal } from '../../lib/principal.ts';
import {
  denialText,
  TemplateBeforeSchema,
  templateOf,
  type WorkspacePolicy,
  type WorkspaceService,
} from '../workspaces/index.ts';
import { valuesInvalid } from './template-choice.ts';
import type { FoundVersion, TemplateFinder } from './template-finder.ts';
import type { TemplateRow, TemplatesRepository } from './templates-repository.ts';

/** How many workspaces one call looks at. */
const MAX_WORKSPACES = 500;

export interface TemplateUpdatesDeps {
  readonly repository: TemplatesRepository;
  readonly finder: TemplateFinder;
  readonly policy: WorkspacePolicy;
  readonly workspaces: Pick<WorkspaceService, 'find' | 'remake'>;
}

export interface WantedUpdate {
  readonly version?: number | undefined;
  /** Names or ids; absent: all of the template. */
  readonly workspaces?: readonly string[] | undefined;
  readonly values?: ParameterValues | undefined;
}

type WorkspaceOfTemplate = Awaited<ReturnType<TemplatesRepository['workspacesOf']>>[number];

interface Looked {
  readonly impact: TemplateImpact;
  readonly told: WorkspaceImpact;
}

/** createTemplateUpdates brings workspaces to other versions of their templates, and back. */
export function createTemplateUpdates(deps: TemplateUpdatesDeps) {
  const { repository, finder } = deps;

  async function look(viewer: Principal, handle: string, wanted: WantedUpdate) {
    const { row: template } = await finder.find(viewer.organizationId, handle);
    const version = await finder.usable(template, wanted.version);
    const found = await repository.workspacesOf(template, {
      viewer,
      handles: wanted.workspaces,
      limit: MAX_WORKSPACES + 1,
    });
    const looked = await Promise.all(
      found
        .slice(0, MAX_WORKSPACES)
        .map((workspace) => lookAt(deps, { workspace, version, values: wanted.values })),
    );
    return { template, version, looked, truncated: found.length > MAX_WORKSPACES };
  }

  /** What the last update of a workspace replaced. */
  async function lookBack(organizationId: string, handle: string) {
    const row = await deps.workspaces.find(organizationId, handle);
    const before = TemplateBeforeSchema.nullable().parse(row.templateBefore);
    if (!before || row.templateId === null)
      throw new AppError('conflict', `The workspace "${row.name}" was not updated yet`);
    const { row: template } = await finder.find(organizationId, row.templateId);
    return { row, template, before, version: await finder.version(template, before.version) };
  }

  return {
    async rollbackImpact({ organizationId }: Principal, handle: string) {
      const { row, template, version, before } = await lookBack(organizationId, handle);
      const [found] = await repository.workspacesOf(template, { handles: [row.id], limit: 1 });
      if (!found) throw new AppError('not_found');
      const workspace = { ...found, row: { ...found.row, templateValues: before.values } };
      const { told } = await lookAt(deps, { workspace, version, values: undefined });
      return { version: version.number, impact: told };
    },

    async impact(principal: Principal, handle: string, wanted: WantedUpdate) {
      const { version, looked, truncated } = await look(principal, handle, wanted);
      return { version: version.number, items: looked.map(({ told }) => told), truncated };
    },

    /** Those that something stands in the way of stay as they are, and are told with what it is. */
    async update(
      principal: Principal,
      {
        handle,
        wanted,
      }: { handle: string; wanted: WantedUpdate & { workspaces: readonly string[] } },
      correlationId: string,
    ) {
      const { template, version, looked } = await look(principal, handle, wanted);
      requireAll(wanted.workspaces, looked, template);
      const updated: Workspace[] = [];
      for (const { impact, told } of looked) {
        if (!told.canUpdate || !impact.resolved) continue;
        const { workspaceId } = told;
        const blueprint = blueprintOf(template, version, impact.resolved);
        const reason = `${principal.userName} updated it to version ${version.number} of "${template.name}"`;
        updated.push(
          await deps.workspaces.remake(
            principal,
            { workspaceId, blueprint, reason },
            correlationId,
          ),
        );
      }
      const refused = looked.map(({ told }) => told).filter(({ canUpdate }) => !canUpdate);
      return { version: version.number, updated, refused };
    },

    /** The other way round as well: what is rolled back can be rolled forward. */
    async rollback(
      principal: Principal,
      handle: string,
      correlationId: string,
    ): Promise<Workspace> {
      const { row, template, version, before } = await lookBack(principal.organizationId, handle);
      const resolution = resolveTemplate(version.definition, { values: before.values });
      if (!resolution.ok) throw valuesInvalid(resolution.problems);
      const blueprint = blueprintOf(template, version, resolution.resolved);
      const reason = `${principal.userName} went back to version ${before.version} of "${template.name}"`;
      return deps.workspaces.remake(
        principal,
        { workspaceId: row.id, blueprint, reason },
        correlationId,
      );
    },
  };
}

function blueprintOf(
  template: TemplateRow,
  version: FoundVersion,
  resolved: NonNullable<TemplateImpact['resolved']>,
) {
  return { ...resolved, templateId: template.id, templateVersion: version.number };
}

async function lookAt(
  { policy }: TemplateUpdatesDeps,
  {
    workspace: { row, ownerName },
    version,
    values,
  }: { workspace: WorkspaceOfTemplate; version: FoundVersion; values: ParameterValues | undefined },
): Promise<Looked> {
  const made = {
    provider: row.provider,
    settings: WorkspaceSettingsSchema.parse(row.settings),
    startScript: row.startScript,
    values: ParameterValuesSchema.parse(row.templateValues),
  };
  const impact = impactOf(made, version.definition, values);
  const settings = impact.resolved?.nextStart ?? impact.resolved?.settings;
  const { organizationId, ownerId, provider } = row;
  const denials = settings
    ? await policy({
        ...{ action: 'update', organizationId, ownerId, provider, settings },
        template: templateOf({ templateId: row.templateId, templateVersion: version.number }),
      })
    : [];
  const refusal = denials[0] ? denialText(denials[0]) : null;
  const { changes, problems, effect, isDataKept } = impact;
  const told: WorkspaceImpact = {
    workspaceId: row.id,
    name: row.name,
    ownerName,
    actualState: row.actualState,
    fromVersion: row.templateVersion ?? version.number,
    changes: [...changes],
    problems: [...problems],
    ...{ effect, isDataKept, refusal },
    canUpdate: impact.resolved !== null && effect !== 'recreate' && refusal === null,
  };
  return { impact, told };
}

/** A name that nothing was found by is a mistake of whoever wrote it. */
function requireAll(
  handles: readonly string[],
  looked: readonly Looked[],
  { name }: TemplateRow,
): void {
  const known = new Set(looked.flatMap(({ told }) => [told.workspaceId, told.name]));
  const missing = handles.find((handle) => !known.has(handle));
  if (missing !== undefined)
    throw new AppError('not_found', `No workspace "${missing}" is made of the template "${name}"`);
}
