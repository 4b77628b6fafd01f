import * as z from 'zod';
import { invalid, type ConfigDocument } from './config-document.ts';

const CommandSchema = z.union([z.string(), z.array(z.string()).min(1)], {
  error: 'a command is a text for the shell, or a list of a program and its arguments',
});
/** One command, or several by name that run at the same time. */
export const LifecycleCommandSchema = z.union(
  [CommandSchema, z.record(z.string(), CommandSchema)],
  {
    error:
      'allowed is a text for the shell, a list of a program and its arguments, or an object of such commands by name',
  },
);
export type Command = z.infer<typeof CommandSchema>;
export type LifecycleCommand = z.infer<typeof LifecycleCommandSchema>;

export const HOOKS = [
  'onCreateCommand',
  'updateContentCommand',
  'postCreateCommand',
  'postStartCommand',
  'postAttachCommand',
] as const;
export type Hook = (typeof HOOKS)[number];

export const ENV_PROBES = [
  'none',
  'loginShell',
  'loginInteractiveShell',
  'interactiveShell',
] as const;

const PORT_ALLOWED = 'allowed is a port from 1 to 65535, or "service:port"';
const PortNumber = z.number().int(PORT_ALLOWED).min(1, PORT_ALLOWED).max(65_535, PORT_ALLOWED);
/** `"db:5432"` is for Compose, whose services have names. */
const ForwardedPortSchema = z.union([PortNumber, z.string().regex(/^[a-z0-9_.-]+:\d{1,5}$/i)], {
  error: PORT_ALLOWED,
});

export const PortAttributesSchema = z.object({
  label: z.string().max(200).optional(),
  protocol: z.enum(['http', 'https', 'tcp']).optional(),
  onAutoForward: z
    .enum(['notify', 'openBrowser', 'openBrowserOnce', 'openPreview', 'silent', 'ignore'])
    .optional(),
});

const MountSchema = z.union(
  [z.string(), z.record(z.string(), z.union([z.string(), z.boolean()]))],
  {
    error:
      'a mount is a text such as "type=volume,source=cache,target=/cache", or an object of the same',
  },
);
export type MountValue = z.infer<typeof MountSchema>;

const VariablesSchema = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());
const FeaturesSchema = z.record(
  z.string(),
  z.union([
    z.string(),
    z.boolean(),
    z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])),
  ]),
);

const BuildSchema = z.object({
  dockerfile: z.string().min(1).optional(),
  context: z.string().min(1).optional(),
  args: z.record(z.string(), z.string()).optional(),
  target: z.string().optional(),
  cacheFrom: z.union([z.string(), z.array(z.string())]).optional(),
  options: z.array(z.string()).optional(),
});

/** What an image may say too, in its label `devcontainer.metadata`; of several the later count more. */
export const MetadataSchema = z.object({
  onCreateCommand: LifecycleCommandSchema.optional(),
  updateContentCommand: LifecycleCommandSchema.optional(),
  postCreateCommand: LifecycleCommandSchema.optional(),
  postStartCommand: LifecycleCommandSchema.optional(),
  postAttachCommand: LifecycleCommandSchema.optional(),
  id: z.string().optional(),
  waitFor: z.enum(['initializeCommand', ...HOOKS]).optional(),
  remoteUser: z.string().min(1).max(128).optional(),
  containerUser: z.string().min(1).max(128).optional(),
  updateRemoteUserUID: z.boolean().optional(),
  userEnvProbe: z.enum(ENV_PROBES).optional(),
  remoteEnv: z.record(z.string().min(1), z.string().nullable()).optional(),
  containerEnv: VariablesSchema.optional(),
  mounts: z.array(MountSchema).optional(),
  init: z.boolean().optional(),
  privileged: z.boolean().optional(),
  capAdd: z.array(z.string()).optional(),
  securityOpt: z.array(z.string()).optional(),
  entrypoint: z.string().optional(),
  overrideCommand: z.boolean().optional(),
  forwardPorts: z.array(ForwardedPortSchema).optional(),
  portsAttributes: z.record(z.string(), PortAttributesSchema).optional(),
  otherPortsAttributes: PortAttributesSchema.optional(),
});

/** DevcontainerConfigSchema is the part of the specification that has an effect here, or is refused for its effect. */
export const DevcontainerConfigSchema = MetadataSchema.extend({
  name: z.string().optional(),
  image: z
    .string()
    .regex(/^[a-z0-9][\w./:@-]{0,511}$/i, 'allowed is a reference such as "node:22"')
    .optional(),
  build: BuildSchema.optional(),
  dockerFile: z.string().min(1).optional(),
  context: z.string().min(1).optional(),
  dockerComposeFile: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)], {
      error: 'allowed is the path of a Compose file, or a list of them',
    })
    .optional(),
  service: z.string().min(1).optional(),
  runServices: z.array(z.string()).optional(),
  /** A stop of the workspace stops all that belongs to it, whatever an editor would leave running. */
  shutdownAction: z.enum(['none', 'stopContainer', 'stopCompose']).optional(),
  features: FeaturesSchema.optional(),
  overrideFeatureInstallOrder: z.array(z.string()).optional(),
  workspaceFolder: z.string().min(1).optional(),
  workspaceMount: z.string().min(1).optional(),
  runArgs: z.array(z.string()).optional(),
  appPort: z.unknown().optional(),
  initializeCommand: z.unknown().optional(),
  secrets: z.record(z.string(), z.object({ description: z.string().optional() })).optional(),
});

export type Metadata = z.infer<typeof MetadataSchema>;
export type DevcontainerConfig = z.infer<typeof DevcontainerConfigSchema>;

/** readConfig checks a devcontainer.json against the specification; the first mistake is named with its place. */
export function readConfig(document: ConfigDocument): DevcontainerConfig {
  const parsed = DevcontainerConfigSchema.safeParse(document.value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).filter((part) => typeof part !== 'symbol');
  const name = path.length > 0 ? `"${path.join('.')}": ` : '';
  throw invalid(document.place(path), `${name}${issue?.message ?? 'not valid'}`);
}
