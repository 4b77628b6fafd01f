import * as z from 'zod';
import type { ContainerPlan } from '../../providers/index.ts';
import {
  ENV_PROBES,
  HOOKS,
  LifecycleCommandSchema,
  PortAttributesSchema,
} from '../reading/index.ts';

const MountSchema = z.object({
  kind: z.enum(['volume', 'tmpfs']),
  name: z.string(),
  target: z.string(),
});
const WordsSchema = z.array(z.string());

const DependencySchema = z.object({
  service: z.string(),
  condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
  required: z.boolean(),
});

const ServicePlanSchema: z.ZodType<ContainerPlan['services'][number]> = z.object({
  name: z.string(),
  image: z.string(),
  user: z.string().nullable(),
  entrypoint: WordsSchema.nullable(),
  command: WordsSchema.nullable(),
  workingDirectory: z.string().nullable(),
  environment: z.record(z.string(), z.string()),
  mounts: z.array(
    MountSchema.extend({
      kind: z.enum(['volume', 'tmpfs', 'project']),
      isReadOnly: z.boolean(),
    }),
  ),
  copies: z.array(z.object({ from: z.string(), to: z.string() })),
  capabilities: WordsSchema,
  securityOptions: WordsSchema,
  privileged: z.boolean(),
  isReadOnly: z.boolean(),
  init: z.boolean(),
  aliases: WordsSchema,
  networkOf: z.string().nullable(),
  dependsOn: z.array(DependencySchema),
  healthcheck: z
    .object({
      test: WordsSchema.nullable(),
      intervalMs: z.number().nullable(),
      timeoutMs: z.number().nullable(),
      startPeriodMs: z.number().nullable(),
      retries: z.number().nullable(),
    })
    .nullable(),
  restarts: z.boolean(),
});

const ContainerPlanSchema: z.ZodType<ContainerPlan> = z.object({
  image: z.string(),
  user: z.string().nullable(),
  workspaceFolder: z.string(),
  environment: z.record(z.string(), z.string()),
  mounts: z.array(MountSchema),
  capabilities: WordsSchema,
  securityOptions: WordsSchema,
  privileged: z.boolean(),
  init: z.boolean(),
  command: WordsSchema.nullable(),
  aliases: WordsSchema,
  networkOf: z.string().nullable(),
  dependsOn: z.array(DependencySchema),
  services: z.array(ServicePlanSchema),
});

const LifecycleSchema = z.object({
  commands: z.record(z.enum(HOOKS), z.array(LifecycleCommandSchema)),
  /** The workspace is ready once these have run. */
  blocking: z.array(z.enum(HOOKS)),
  userEnvProbe: z.enum(ENV_PROBES),
  /** Set once more on what the user's shell says. */
  remoteEnv: z.record(z.string(), z.string().nullable()),
  /** Where commands run, relative to the project; empty: its top. */
  folder: z.string(),
});
export type Lifecycle = z.infer<typeof LifecycleSchema>;

const NamedPortSchema = PortAttributesSchema.extend({ port: z.number().int() });
export type NamedPort = z.infer<typeof NamedPortSchema>;

/** PlannedSchema is a devcontainer that was read, judged and built: what starts of the workspace go by. */
export const PlannedSchema = z.object({
  file: z.string(),
  /** Of the repository's files that it was made from. */
  hash: z.string(),
  /** Files apart from the devcontainer's folder that count for the hash. */
  inputs: z.array(z.string()),
  /** Names this making of the container: what runs once per creation has not run under another name. */
  creation: z.string(),
  container: ContainerPlanSchema,
  lifecycle: LifecycleSchema,
  ports: z.array(NamedPortSchema),
  /** Secrets that the repository recommends to have: names and what they are for. */
  secrets: z.array(z.object({ name: z.string(), description: z.string().nullable() })),
});
export type Planned = z.infer<typeof PlannedSchema>;
