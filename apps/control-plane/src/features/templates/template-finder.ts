import type { Queryable } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import { TemplateShapeSchema, type TemplateShape } from '@spt-flow/shared/domain/template-shape';
import type { Position } from '../../lib/pagination.ts';
import type {
  TemplateRow,
  TemplatesRepository,
  TemplateWithCounts,
  VersionRow,
} from './templates-repository.ts';

export type FoundVersion = Omit<VersionRow, 'definition'> & { definition: TemplateShape };

/** TemplateFinder finds templates of one organization; what is another's is not found. */
export interface TemplateFinder {
  /** Sees to it that the templates of this release are there. */
  prepare(organizationId: string): Promise<void>;
  list(
    organizationId: string,
    page: { before: Position | undefined; limit: number },
  ): Promise<TemplateWithCounts[]>;
  find(organizationId: string, handle: string): Promise<TemplateWithCounts>;
  version(template: TemplateRow, number: number, tx?: Queryable): Promise<FoundVersion>;
  /** The version that somebody may begin to use: the active one unless told. */
  usable(template: TemplateRow, number: number | undefined): Promise<FoundVersion>;
}

export function createTemplateFinder({
  repository,
  prepare,
}: {
  readonly repository: TemplatesRepository;
  readonly prepare: (organizationId: string) => Promise<void>;
}): TemplateFinder {
  async function version(template: TemplateRow, number: number, tx?: Queryable) {
    const found = await repository.version(template.id, number, tx);
    if (!found)
      throw new AppError('not_found', `The template "${template.name}" has no version ${number}`);
    return { ...found, definition: TemplateShapeSchema.parse(found.definition) };
  }

  return {
    prepare,
    version,

    async list(organizationId, page) {
      await prepare(organizationId);
      return repository.list(organizationId, page);
    },

    async find(organizationId, handle) {
      await prepare(organizationId);
      const found = await repository.find(organizationId, handle);
      if (!found) throw new AppError('not_found', `There is no template "${handle}"`);
      return found;
    },

    async usable(template, number = template.activeVersion ?? undefined) {
      if (number === undefined)
        throw new AppError('conflict', `The template "${template.name}" has no active version`);
      const found = await version(template, number);
      if (found.archivedAt !== null)
        throw new AppError('conflict', `Version ${number} of "${template.name}" is archived`);
      return found;
    },
  };
}
