import * as z from 'zod';
import { ParameterValuesSchema, TemplateNameSchema } from '../domain/template-shape.ts';

/** TemplateChoiceSchema is what somebody chose to make a workspace of. */
export const TemplateChoiceSchema = z.object({
  name: TemplateNameSchema,
  /** The active one unless told. */
  version: z.number().int().min(1).optional(),
  preset: TemplateNameSchema.optional(),
  values: ParameterValuesSchema.optional(),
});
