import type { Transaction } from '@spt-flow/db/client';
import type { PushTemplateSchema, Template, TemplateSource } from '@spt-flow/shared/api/templates';
import { AppError } from '@spt-flow/shared/domain/errors';
import type * as z from 'zod';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { decodeCursor, toPage } from '../../lib/pagination.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { ReadRemoteFiles } from '../git/index.ts';
import {
  MAX_FILE_BYTES,
  readTemplateFiles,
  wantedFiles,
  type TemplateContent,
} from './template-files.ts';
import type { TemplateFinder } from './template-finder.ts';
import type { TemplateRow, TemplatesRepository } from './templates-repository.ts';
import { toTemplate, toVersion, toVersionDetails } from './template-view.ts';

type Push = z.output<typeof PushTemplateSchema>;

export type ActiveTemplate = Pick<TemplateRow, 'id' | 'organizationId'>;

export interface TemplatesServiceDeps {
  readonly repository: TemplatesRepository;
  readonly finder: TemplateFinder;
  readonly readRemoteFiles: ReadRemoteFiles;
  readonly audit: Audit;
  readonly clock: Clock;
  /** Pages that show workspaces of a template must look again. */
  readonly onActiveVersionChanged: (template: ActiveTemplate) => void;
}

export interface TemplatesQuery {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Who does it, and how it is found again. */
export interface TemplateCall {
  readonly principal: Principal;
  readonly correlationId: string;
}

/** createTemplatesService keeps the templates of organizations and their versions. */
export function createTemplatesService(deps: TemplatesServiceDeps) {
  const { repository, finder } = deps;

  async function toApi({ organizationId }: Principal, id: string): Promise<Template> {
    return toTemplate(await finder.find(organizationId, id));
  }

  function record(
    call: TemplateCall,
    entry: { action: string; row: TemplateRow; detail?: object },
    tx: Transaction,
  ) {
    const { action, row, detail } = entry;
    return deps.audit.record(
      {
        organizationId: row.organizationId,
        principal: auditName(call.principal),
        action: `template.${action}`,
        target: row.id,
        correlationId: call.correlationId,
        detail: { name: row.name, ...detail },
      },
      tx,
    );
  }

  /** Runs with the template locked, so that what it decides by stays true. */
  async function change(
    call: TemplateCall,
    handle: string,
    work: (row: TemplateRow, tx: Transaction) => Promise<void>,
  ): Promise<TemplateRow> {
    const { row } = await finder.find(call.principal.organizationId, handle);
    return repository.transaction(async (tx) => {
      const locked = await repository.lock(row.id, tx);
      if (!locked) throw new AppError('not_found');
      await work(locked, tx);
      return locked;
    });
  }

  async function promote(
    call: TemplateCall,
    { row, number }: { row: TemplateRow; number: number },
    tx: Transaction,
  ) {
    const version = await finder.version(row, number, tx);
    if (version.archivedAt !== null)
      throw new AppError('conflict', `Version ${number} is archived: take it back first`);
    const { displayName, icon, description } = version.definition;
    await repository.update(row.id, { displayName, icon, description, activeVersion: number }, tx);
    await record(call, { action: 'promote', row, detail: { version: number } }, tx);
  }

  async function store(
    call: TemplateCall,
    { content, source, body }: { content: TemplateContent; source: TemplateSource; body: Push },
    tx: Transaction,
  ) {
    const { organizationId, userId } = call.principal;
    const { name, displayName, icon, description } = content.definition;
    const looks = { displayName, icon, description };
    const row = await repository.lockNamed({ organizationId, name, ...looks }, tx);
    const version = await repository.insertVersion(
      {
        ...{ organizationId, message: body.message, readme: content.readme, source },
        templateId: row.id,
        definition: { ...content.definition },
        createdBy: userId,
      },
      tx,
    );
    const { number } = version;
    await record(call, { action: 'push', row, detail: { version: number, source } }, tx);
    if (body.promote || row.activeVersion === null) await promote(call, { row, number }, tx);
    return { row, version };
  }

  async function contentOf(source: Push['source']): Promise<{
    content: TemplateContent;
    source: TemplateSource;
  }> {
    if (source.kind === 'files')
      return { content: readTemplateFiles(source.files), source: { kind: 'files' } };
    const { url, path = null } = source;
    const { commit, files } = await deps.readRemoteFiles({
      url,
      directory: source.path,
      names: wantedFiles,
      maxFileBytes: MAX_FILE_BYTES,
    });
    return { content: readTemplateFiles(files), source: { kind: 'git', url, path, commit } };
  }

  return {
    async list({ organizationId }: Principal, { cursor, limit }: TemplatesQuery) {
      const rows = await finder.list(organizationId, {
        before: decodeCursor(cursor),
        limit: limit + 1,
      });
      const items = rows.map((found) => ({ ...found, id: found.row.id }));
      const page = toPage(items, limit, ({ row }) => row.createdAt);
      return { items: page.items.map(toTemplate), nextCursor: page.nextCursor };
    },

    async push(call: TemplateCall, body: Push) {
      const { organizationId } = call.principal;
      await finder.prepare(organizationId);
      const read = await contentOf(body.source);
      const { row, version } = await repository.transaction((tx) =>
        store(call, { ...read, body }, tx),
      );
      deps.onActiveVersionChanged(row);
      return {
        template: await toApi(call.principal, row.id),
        version: toVersion({ ...version, createdByName: call.principal.userName }),
      };
    },

    async get({ organizationId }: Principal, handle: string) {
      const found = await finder.find(organizationId, handle);
      const { activeVersion } = found.row;
      const active = activeVersion === null ? null : await finder.version(found.row, activeVersion);
      return { template: toTemplate(found), active: active && toVersionDetails(active) };
    },

    async version({ organizationId }: Principal, handle: string, number: number) {
      const { row } = await finder.find(organizationId, handle);
      return toVersionDetails(await finder.version(row, number));
    },

    async versions(
      { organizationId }: Principal,
      handle: string,
      { cursor, limit }: TemplatesQuery,
    ) {
      const { row } = await finder.find(organizationId, handle);
      const rows = await repository.versions(row.id, {
        before: decodeCursor(cursor),
        limit: limit + 1,
      });
      const page = toPage(rows, limit, (version) => version.createdAt);
      return { items: page.items.map(toVersion), nextCursor: page.nextCursor };
    },

    /** Promotes a version, or says why nobody should use the template, or takes that back. */
    async update(
      call: TemplateCall,
      handle: string,
      wanted: { activeVersion?: number | undefined; deprecation?: string | null | undefined },
    ): Promise<Template> {
      const { activeVersion, deprecation } = wanted;
      const template = await change(call, handle, async (row, tx) => {
        if (activeVersion !== undefined) await promote(call, { row, number: activeVersion }, tx);
        if (deprecation === undefined) return;
        await repository.update(row.id, { deprecation }, tx);
        const action = deprecation === null ? 'undeprecate' : 'deprecate';
        await record(call, { action, row, detail: { deprecation } }, tx);
      });
      deps.onActiveVersionChanged(template);
      return toApi(call.principal, template.id);
    },

    async archive(
      call: TemplateCall,
      handle: string,
      wanted: { number: number; archived: boolean },
    ) {
      const { number, archived } = wanted;
      const row = await change(call, handle, async (locked, tx) => {
        if (archived && locked.activeVersion === number)
          throw new AppError('conflict', `Version ${number} is active: promote another one first`);
        const version = await finder.version(locked, number, tx);
        await repository.archive(version.id, archived ? deps.clock.now() : null, tx);
        const action = archived ? 'archive' : 'unarchive';
        await record(call, { action, row: locked, detail: { version: number } }, tx);
      });
      return toVersion(await finder.version(row, number));
    },

    async remove(call: TemplateCall, handle: string): Promise<Template> {
      const found = await finder.find(call.principal.organizationId, handle);
      if (found.isBuiltIn)
        throw new AppError('conflict', 'The template comes with spt-flow: deprecate it instead');
      await change(call, handle, async (row, tx) => {
        if ((await repository.countWorkspaces(row, tx)) > 0) throw new AppError('template_in_use');
        await repository.remove(row.id, tx);
        await record(call, { action: 'delete', row }, tx);
      });
      return toTemplate(found);
    },
  };
}
