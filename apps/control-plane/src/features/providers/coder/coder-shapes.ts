import * as z from 'zod';

/** Words of Coder that may grow: those that are not known are kept, and treated as not known where they matter. */
const Word = z.string();

export const BuildInfoSchema = z.object({ version: z.string() });

export const UserSchema = z.object({ id: z.string(), username: z.string() });

export const TemplateSchema = z.object({
  id: z.string(),
  name: z.string(),
  display_name: z.string().default(''),
  description: z.string().default(''),
  organization_id: z.string(),
  active_version_id: z.string(),
  deprecated: z.boolean().default(false),
  deprecation_message: z.string().default(''),
});
export type CoderTemplate = z.infer<typeof TemplateSchema>;

export const RichParameterSchema = z.object({
  name: z.string(),
  display_name: z.string().default(''),
  description_plaintext: z.string().default(''),
  /** `string`, `number`, `bool` or `list(string)`. */
  type: Word,
  mutable: z.boolean(),
  ephemeral: z.boolean().default(false),
  required: z.boolean(),
  default_value: z.string().default(''),
  options: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .nullish()
    .transform((options) => options ?? []),
  validation_regex: z.string().default(''),
  validation_min: z.number().nullish(),
  validation_max: z.number().nullish(),
  validation_monotonic: Word.default(''),
});
export type RichParameter = z.infer<typeof RichParameterSchema>;

export const ParameterValueSchema = z.object({ name: z.string(), value: z.string() });
export type CoderParameter = z.infer<typeof ParameterValueSchema>;

export const BuildLogSchema = z.object({
  id: z.number(),
  log_level: Word,
  stage: z.string().default(''),
  output: z.string().default(''),
});
export type BuildLog = z.infer<typeof BuildLogSchema>;

const ScriptSchema = z.object({ start_blocks_login: z.boolean().default(false) });

const AgentSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Set for the agent of a container inside of the workspace. */
  parent_id: z.string().nullish(),
  status: Word,
  lifecycle_state: Word,
  scripts: z
    .array(ScriptSchema)
    .nullish()
    .transform((scripts) => scripts ?? []),
});
export type CoderAgent = z.infer<typeof AgentSchema>;

const ResourceSchema = z.object({
  agents: z
    .array(AgentSchema)
    .nullish()
    .transform((agents) => agents ?? []),
});

const JobSchema = z.object({
  status: Word,
  error: z.string().default(''),
  queue_position: z.number().default(0),
});

export const BuildSchema = z.object({
  id: z.string(),
  transition: Word,
  reason: Word.default(''),
  status: Word,
  template_version_id: z.string(),
  job: JobSchema,
  matched_provisioners: z.object({ count: z.number(), available: z.number() }).nullish(),
  resources: z
    .array(ResourceSchema)
    .nullish()
    .transform((resources) => resources ?? []),
});
export type CoderBuild = z.infer<typeof BuildSchema>;

export const WorkspaceSchema = z.object({
  id: z.string(),
  name: z.string(),
  template_name: z.string(),
  outdated: z.boolean().default(false),
  latest_build: BuildSchema,
});
export type CoderWorkspace = z.infer<typeof WorkspaceSchema>;

export const WorkspacesSchema = z.object({
  workspaces: z
    .array(WorkspaceSchema)
    .nullish()
    .transform((workspaces) => workspaces ?? []),
  count: z.number(),
});
