import * as z from 'zod';

const GIB = 1024 ** 3;

/** What a workspace may use at most; `diskBytes` is measured, over all its volumes and what its containers write. */
export interface WorkspaceLimits {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly processes: number;
}

export const WORKSPACE_SIZES = ['chat', 'devenv'] as const;
export type WorkspaceSize = (typeof WORKSPACE_SIZES)[number];

/** `chat` is for apps that are built by conversation, `devenv` for people who develop in it. */
export const SIZE_LIMITS: Readonly<Record<WorkspaceSize, WorkspaceLimits>> = {
  chat: { cpus: 1, memoryBytes: 2 * GIB, diskBytes: 5 * GIB, processes: 512 },
  devenv: { cpus: 2, memoryBytes: 4 * GIB, diskBytes: 12 * GIB, processes: 2048 },
};

/** From the strictest to the one that permits most; none of them shares anything with its host. */
export const ISOLATION_PROFILES = ['restricted', 'devenv', 'relaxed'] as const;
export type IsolationProfile = (typeof ISOLATION_PROFILES)[number];

export const EnvironmentSchema = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/),
  z.string().max(32_768),
);

/** What a Coder server makes a workspace of: one of its templates, with values for its parameters. */
export const CoderSettingsSchema = z.strictObject({
  template: z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,63})$/),
  parameters: z.record(z.string().min(1).max(200), z.string().max(8192)).default({}),
});
export type CoderSettings = z.infer<typeof CoderSettingsSchema>;

/** WorkspaceSettingsSchema says how the machine of a workspace is made; providers ignore what they can't have. */
export const WorkspaceSettingsSchema = z.strictObject({
  size: z.enum(WORKSPACE_SIZES).default('chat'),
  isolation: z.enum(ISOLATION_PROFILES).default('restricted'),
  /** Reference of a container image; null: that of the control plane's configuration. */
  image: z.string().min(1).max(512).nullable().default(null),
  /** The devcontainer.json of the repository takes precedence over the image. */
  devcontainer: z.boolean().default(true),
  /** Virtual machines may run inside, which needs the isolation `relaxed` and a machine that offers it. */
  virtualization: z.boolean().default(false),
  /** Graphics processors for it, where the installation permits some. */
  gpus: z.number().int().min(0).max(16).default(0),
  /** Tools inside may ask the AI models that are configured, at the cost of the project. */
  models: z.boolean().default(true),
  environment: EnvironmentSchema.default({}),
  /** Host names that it may reach; null: any. */
  egress: z.array(z.hostname()).max(200).nullable().default(null),
  /** Null: it is on another provider. */
  coder: CoderSettingsSchema.nullable().default(null),
});
export type WorkspaceSettings = z.infer<typeof WorkspaceSettingsSchema>;

export const DEFAULT_SETTINGS: WorkspaceSettings = WorkspaceSettingsSchema.parse({});
