import {
  TemplateSourceSchema,
  type Template,
  type TemplateVersion,
  type TemplateVersionDetails,
} from '@spt-flow/shared/api/templates';
import { TemplateShapeSchema } from '@spt-flow/shared/domain/template-shape';
import type { TemplateWithCounts, VersionRow } from './templates-repository.ts';

export function toTemplate({ row, ...counts }: TemplateWithCounts): Template {
  const { id, name, displayName, icon, description, deprecation, activeVersion } = row;
  return {
    ...{ id, name, displayName, icon, description, deprecation, activeVersion },
    ...counts,
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function toVersion(row: VersionRow): TemplateVersion {
  return {
    number: row.number,
    message: row.message,
    source: TemplateSourceSchema.parse(row.source),
    createdByName: row.createdByName,
    createdAt: row.createdAt.toISOString(),
    archivedAt: row.archivedAt?.toISOString() ?? null,
  };
}

export function toVersionDetails(row: VersionRow): TemplateVersionDetails {
  return {
    ...toVersion(row),
    definition: TemplateShapeSchema.parse(row.definition),
    readme: row.readme,
  };
}
