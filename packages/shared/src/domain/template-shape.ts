import * as z from 'zod';
import { LifecyclePolicySchema } from './lifecycle-policy.ts';
import { SLUG_PATTERN } from './slug.ts';

/** In the directory of a template, beside its README.md. */
export const TEMPLATE_FILE = 'spt-flow-template.json';
export const TEMPLATE_README = 'README.md';
/** Its text becomes the start script. */
export const TEMPLATE_SCRIPT = 'start.sh';

export const TEMPLATE_PROVIDERS = ['local', 'docker', 'kubernetes', 'coder'] as const;

/** Names of icons that need no font for emoji. */
export const TEMPLATE_ICONS = ['atom', 'box', 'page', 'snake', 'speed'] as const;

export const TemplateNameSchema = z.string().max(50).regex(SLUG_PATTERN);
export const ParameterNameSchema = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/);
export const VersionNameSchema = z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/);

const TextSchema = z.string().max(4000);
const ItemSchema = z.string().max(1000);

/** ParameterValueSchema is any value; which ones a parameter takes is for `explainValue`. */
export const ParameterValueSchema = z.union([
  TextSchema,
  z.number(),
  z.boolean(),
  z.array(ItemSchema).max(100),
]);
export type ParameterValue = z.infer<typeof ParameterValueSchema>;

export const ParameterValuesSchema = z.record(ParameterNameSchema, ParameterValueSchema);
export type ParameterValues = z.infer<typeof ParameterValuesSchema>;

const common = {
  name: ParameterNameSchema,
  displayName: z.string().min(1).max(100).optional(),
  description: z.string().max(1000).default(''),
  /** False: decided when the workspace is created, and never again. */
  mutable: z.boolean().default(true),
  /** True: holds for the next start only; afterwards the default does. */
  ephemeral: z.boolean().default(false),
};
const bound = z.number().optional();
const count = z.number().int().min(0).optional();

function optionsFrom<T extends z.ZodType>(value: T) {
  const label = z.string().min(1).max(100).optional();
  return z.array(z.strictObject({ value, label })).min(1).max(100).optional();
}

/** A parameter without a default has to be given. `min` and `max` bound characters, the number, or the count of items. */
export const TemplateParameterSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...common,
    type: z.literal('string'),
    default: TextSchema.optional(),
    options: optionsFrom(TextSchema),
    pattern: z.string().min(1).max(200).optional(),
    min: count,
    max: count,
  }),
  z.strictObject({
    ...common,
    type: z.literal('number'),
    default: z.number().optional(),
    options: optionsFrom(z.number()),
    min: bound,
    max: bound,
  }),
  z.strictObject({ ...common, type: z.literal('bool'), default: z.boolean().optional() }),
  z.strictObject({
    ...common,
    type: z.literal('list'),
    default: z.array(ItemSchema).max(100).optional(),
    options: optionsFrom(ItemSchema),
    pattern: z.string().min(1).max(200).optional(),
    min: count,
    max: count,
  }),
]);
export type TemplateParameter = z.infer<typeof TemplateParameterSchema>;

/** Settings of a workspace in which texts may refer to parameters: `"size": "${size}"`. */
export const TemplateSettingsSchema = z.strictObject({
  size: z.string().max(100).optional(),
  isolation: z.string().max(100).optional(),
  image: z.string().max(1000).nullable().optional(),
  devcontainer: z.union([z.boolean(), z.string().max(100)]).optional(),
  virtualization: z.union([z.boolean(), z.string().max(100)]).optional(),
  gpus: z.union([z.number(), z.string().max(100)]).optional(),
  models: z.union([z.boolean(), z.string().max(100)]).optional(),
  environment: z.record(z.string().max(128), z.string().max(32_768)).optional(),
  egress: z
    .union([z.string().max(100), z.array(ItemSchema).max(200)])
    .nullable()
    .optional(),
  /** Which template of the Coder server, and what its parameters get: `"cpu": "${cpu}"`. */
  coder: z
    .strictObject({
      template: z.string().min(1).max(100),
      parameters: z.record(z.string().min(1).max(200), TextSchema).optional(),
    })
    .optional(),
});
export type TemplateSettings = z.infer<typeof TemplateSettingsSchema>;

export const TemplatePresetSchema = z.strictObject({
  name: TemplateNameSchema,
  displayName: z.string().min(1).max(100).optional(),
  description: z.string().max(1000).default(''),
  values: ParameterValuesSchema,
});

/** TemplateShapeSchema is the form of a template; whether its parts fit together is for `TemplateDefinitionSchema`. */
export const TemplateShapeSchema = z.strictObject({
  name: TemplateNameSchema,
  displayName: z.string().min(1).max(100),
  /** One of `TEMPLATE_ICONS`, which look the same everywhere; else an emoji or a short text. */
  icon: z.string().max(16).default('box'),
  description: z.string().max(1000).default(''),
  /** Null: where this control plane runs workspaces when nobody chooses. */
  provider: z.enum(TEMPLATE_PROVIDERS).nullable().default(null),
  settings: TemplateSettingsSchema.default({}),
  parameters: z.array(TemplateParameterSchema).max(50).default([]),
  presets: z.array(TemplatePresetSchema).max(50).default([]),
  /** Runs at every start, in the project directory, with the environment of the settings. Parameters are not put into it. */
  startScript: z.string().max(65_536).nullable().default(null),
  minCliVersion: VersionNameSchema.nullable().default(null),
  /** Takes the place of what the organization says. */
  lifecycle: LifecyclePolicySchema.optional(),
});
export type TemplateShape = z.infer<typeof TemplateShapeSchema>;
