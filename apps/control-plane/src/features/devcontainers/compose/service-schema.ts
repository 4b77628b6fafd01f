import * as z from 'zod';
import { durationMs } from './words.ts';

/** Variables make texts of everything. */
const FlagSchema = z.union(
  [z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')],
  { error: 'allowed is true or false' },
);
const TextSchema = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const TextsSchema = z.union([TextSchema.transform((text) => [text]), z.array(TextSchema)]);
const CommandSchema = z.union([z.string(), z.array(TextSchema), z.null()], {
  error: 'a command is a text, or a list of a program and its arguments',
});
const PairsSchema = z
  .union([
    z.record(z.string(), TextSchema.nullable()),
    z.array(z.string()).transform((list) =>
      Object.fromEntries(
        list.map((item): [string, string | null] => {
          const [name = '', ...value] = item.split('=');
          return [name, value.length > 0 ? value.join('=') : null];
        }),
      ),
    ),
  ])
  .nullable();
const DurationSchema = z
  .string()
  .transform((text) => durationMs(text) ?? -1)
  .refine((ms) => ms >= 0, 'a duration is written as "1m30s"');

const BuildSchema = z.union([
  z.string().transform((context) => ({ context })),
  z.object({
    context: z.string().optional(),
    dockerfile: z.string().optional(),
    target: z.string().optional(),
    args: PairsSchema.optional(),
  }),
]);

export const VolumeSchema = z.union([
  z.string(),
  z.object({
    type: z.string().default('volume'),
    source: z.string().default(''),
    target: z.string(),
    read_only: FlagSchema.default(false),
    bind: z.record(z.string(), z.unknown()).optional(),
    volume: z.record(z.string(), z.unknown()).optional(),
    tmpfs: z.record(z.string(), z.unknown()).optional(),
    consistency: z.string().optional(),
  }),
]);

const DependencySchema = z
  .object({
    condition: z
      .enum(['service_started', 'service_healthy', 'service_completed_successfully'])
      .default('service_started'),
    required: FlagSchema.default(true),
  })
  .nullable()
  .transform((value) => value ?? { condition: 'service_started' as const, required: true });

export const ServiceSchema = z.object({
  image: z
    .string()
    .regex(/^[a-z0-9][\w./:@-]{0,511}$/i, 'allowed is a reference such as "postgres:17"')
    .optional(),
  build: BuildSchema.optional(),
  command: CommandSchema.optional(),
  entrypoint: CommandSchema.optional(),
  environment: PairsSchema.default({}),
  env_file: z
    .union([
      z.string().transform((path) => [{ path, required: true }]),
      z.array(
        z.union([
          z.string().transform((path) => ({ path, required: true })),
          z.object({ path: z.string(), required: FlagSchema.default(true) }),
        ]),
      ),
    ])
    .default([]),
  volumes: z.array(VolumeSchema).default([]),
  tmpfs: TextsSchema.default([]),
  user: TextSchema.optional(),
  working_dir: z.string().optional(),
  init: FlagSchema.default(false),
  read_only: FlagSchema.default(false),
  privileged: FlagSchema.default(false),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  networks: z
    .union([
      z.array(z.string()).transform(() => ({})),
      z.record(z.string(), z.object({ aliases: z.array(z.string()).default([]) }).nullable()),
    ])
    .default({}),
  depends_on: z
    .union([
      z
        .array(z.string())
        .transform((names) =>
          Object.fromEntries(
            names.map((name) => [name, { condition: 'service_started' as const, required: true }]),
          ),
        ),
      z.record(z.string(), DependencySchema),
    ])
    .default({}),
  healthcheck: z
    .object({
      test: z.union([z.string(), z.array(TextSchema)]).optional(),
      interval: DurationSchema.optional(),
      timeout: DurationSchema.optional(),
      start_period: DurationSchema.optional(),
      retries: z.coerce.number().int().min(0).max(1_000).optional(),
      disable: FlagSchema.default(false),
    })
    .optional(),
  restart: z.string().default('no'),
  profiles: z.array(z.string()).default([]),
});
export type ComposeService = z.infer<typeof ServiceSchema>;

/** Decided by the workspace, or without a meaning here. */
export const DECIDED_HERE = new Set([
  ...['container_name', 'hostname', 'domainname', 'labels', 'label_file', 'annotations'],
  ...['expose', 'deploy', 'scale', 'platform', 'pull_policy', 'logging', 'attach', 'develop'],
  ...['mem_limit', 'mem_reservation', 'memswap_limit', 'mem_swappiness', 'shm_size', 'cpus'],
  ...['cpu_count', 'cpu_percent', 'cpu_shares', 'cpu_period', 'cpu_quota', 'cpuset'],
  ...['pids_limit', 'ulimits', 'cap_drop', 'stdin_open', 'tty', 'stop_signal'],
  ...['stop_grace_period', 'links', 'mac_address'],
]);
/** Of the host, or of other containers, unless they say that they are the container's own. */
export const NAMESPACES = new Set(['pid', 'ipc', 'uts', 'userns_mode', 'cgroup']);
export const DEVICES = new Set([
  ...['devices', 'gpus', 'device_cgroup_rules', 'blkio_config', 'runtime'],
]);
