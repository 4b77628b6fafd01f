import * as z from 'zod';
import { ParameterValuesSchema } from '@spt-flow/shared/domain/template-shape';
import type { ResolvedTemplate } from '@spt-flow/shared/domain/template-resolve';
import type { WorkspaceMaking, WorkspaceRow } from '../workspaces-repository.ts';

/**
 * Blueprint is how a workspace is made: a version of a template, and what came of it with the values that were chosen.
 * A backup may name a template that is not known here: only what came of it is.
 */
export interface Blueprint extends ResolvedTemplate {
  readonly templateId: string | null;
  readonly templateVersion: number | null;
}

/** What an update replaced. */
export const TemplateBeforeSchema = z.object({
  version: z.number().int(),
  values: ParameterValuesSchema,
});

export function makingOf(blueprint: Blueprint): WorkspaceMaking {
  const { templateId, templateVersion, values, settings, nextStart, startScript } = blueprint;
  return {
    ...{ templateId, templateVersion, startScript },
    templateValues: values,
    settings: { ...settings },
    nextStart: nextStart && { ...nextStart },
  };
}

/** beforeOf keeps what a workspace was made of, so that an update can be taken back. */
export function beforeOf(row: WorkspaceRow): WorkspaceRow['templateBefore'] {
  const { templateVersion, templateValues } = row;
  return templateVersion === null ? null : { version: templateVersion, values: templateValues };
}
