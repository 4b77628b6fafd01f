import { parseArgs } from 'node:util';
import * as z from 'zod';
import { BUILD_VARIABLES, buildRegistryOf, buildsOf } from './builds.ts';
import { CHAT_VARIABLES, chatOf } from './chat.ts';
import { CODER_VARIABLES, coderOf } from './coder.ts';
import { ConfigError } from './config-error.ts';
import { HELP_ENTRIES, helpText } from './control-plane-help.ts';
import { DnsServers } from './dns-servers.ts';
import { ErrorTrackingDsn } from './error-tracking.ts';
import { givenEnvironment } from './given-environment.ts';
import { KUBERNETES_VARIABLES, kubernetesOf } from './kubernetes.ts';
import { GITLAB_VARIABLES, gitlabOf } from './gitlab.ts';
import { LIFECYCLE_VARIABLES, lifecycleOf } from './lifecycle.ts';
import { LANGFUSE_VARIABLES, langfuseOf } from './langfuse.ts';
import { assertEncrypted, LOOPBACK, PRODUCTION_VARIABLES } from './production.ts';
import { RECORDING_VARIABLES, recordingsOf } from './recordings.ts';
import { ReplicaAddress } from './replica-address.ts';
import { SIGN_IN_VARIABLES, signInOf } from './sign-in.ts';
import { SNAPSHOT_VARIABLES, snapshotKeyOf, snapshotsOf } from './snapshots.ts';
import { TELEMETRY_VARIABLES, telemetryOf } from './telemetry.ts';
import { TrustedProxies } from './trusted-proxies.ts';
import { VAULT_VARIABLES, vaultOf } from './vault.ts';
import { CAP_VARIABLES, capsOf } from './workspace-caps.ts';
import { WorkspaceVariables } from './workspace-variables.ts';

const Port = z.coerce.number().int().min(0).max(65_535);
/** People see it. */
const RepositoryUrl = z
  .url({ protocol: /^(https?|ssh|git)$/ })
  .refine((text) => new URL(text).password === '', 'must have no password');

/** One row per setting: command-line option, environment variable, schema, default. */
export const EnvironmentSchema = z.object({
  ...PRODUCTION_VARIABLES,
  SPT_FLOW_SERVER_PORT: Port.default(8080),
  SPT_FLOW_SERVER_HOST: z.string().min(1).default('127.0.0.1'),
  SPT_FLOW_SERVER_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  SPT_FLOW_SERVER_DATA_DIR: z.string().min(1).optional(),
  SPT_FLOW_SERVER_PREVIEW_DOMAIN: z
    .string()
    .regex(/^[a-z0-9.-]+$/)
    .default('preview.localhost'),
  SPT_FLOW_SERVER_TLS_CERT: z.string().min(1).optional(),
  SPT_FLOW_SERVER_TLS_KEY: z.string().min(1).optional(),
  SPT_FLOW_SERVER_TRUSTED_PROXIES: TrustedProxies.optional(),
  SPT_FLOW_SERVER_DNS: DnsServers.default([]),
  SPT_FLOW_SERVER_REPLICA_ADDRESS: ReplicaAddress.optional(),
  SPT_FLOW_SERVER_AGENT_BINDING: z.enum(['tls-exporter', 'inner-kx', 'none']).optional(),
  SPT_FLOW_SERVER_AGENT_KEY_DAYS: z.coerce.number().int().min(1).default(90),
  SPT_FLOW_SERVER_AGENT_RELEASES: z.string().min(1).optional(),
  SPT_FLOW_SERVER_AGENT_UPDATE_MEGABYTES: z.coerce.number().int().min(1).max(10_000).default(25),
  SPT_FLOW_SERVER_REVOCATION_VIEW: z.enum(['strict', 'best_effort']).default('strict'),
  SPT_FLOW_SERVER_MAX_SIZE: z.enum(['chat', 'devenv']).default('devenv'),
  SPT_FLOW_SERVER_MAX_ISOLATION: z.enum(['restricted', 'devenv', 'relaxed']).default('devenv'),
  SPT_FLOW_SERVER_IMAGES: z.string().max(4096).optional(),
  SPT_FLOW_SERVER_POLICY_DATA: z.string().min(1).optional(),
  SPT_FLOW_SERVER_POLICY_BUNDLE: z.string().min(1).optional(),
  SPT_FLOW_SERVER_METRICS_PORT: Port.optional(),
  SPT_FLOW_SERVER_METRICS_HOST: z.string().min(1).default('127.0.0.1'),
  SPT_FLOW_SERVER_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  SPT_FLOW_WORKSPACE_PROVIDER: z.enum(['local', 'docker', 'kubernetes']).default('local'),
  SPT_FLOW_WORKSPACE_IMAGE: z.string().min(1).max(512).default('coder-base'),
  SPT_FLOW_WORKSPACE_VARIABLES: WorkspaceVariables.default([]),
  ...CAP_VARIABLES,
  SPT_FLOW_DEVCONTAINER_PRIVILEGED: z.stringbool().default(false),
  SPT_FLOW_DEVCONTAINER_FEATURE_MIRROR: z
    .string()
    .regex(/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/, 'must be a registry such as mirror.example/oci')
    .optional(),
  SPT_FLOW_SECRET_KEY: z.string().min(32).optional(),
  ...SIGN_IN_VARIABLES,
  SPT_FLOW_METRICS_TOKEN: z.string().min(16).optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  CLAUDE_API_KEY: z.string().min(1).optional(),
  OPENAI_API_KEY: z.string().min(1).optional(),
  SENTRY_DSN: ErrorTrackingDsn.optional(),
  SPT_FLOW_TEMPLATE_CATALOG: RepositoryUrl.optional(),
  SPT_FLOW_GRAFANA_URL: z.url({ protocol: /^https?$/ }).optional(),
  ...CHAT_VARIABLES,
  ...LANGFUSE_VARIABLES,
  ...KUBERNETES_VARIABLES,
  ...TELEMETRY_VARIABLES,
  ...VAULT_VARIABLES,
  ...GITLAB_VARIABLES,
  ...CODER_VARIABLES,
  MAX_PROJECTS_PER_USER: z.coerce.number().int().min(1).default(10),
  ...LIFECYCLE_VARIABLES,
  ...SNAPSHOT_VARIABLES,
  SPT_FLOW_PREVIEW_OPEN_REQUESTS: z.coerce.number().int().min(1).default(512),
  SPT_FLOW_PREVIEW_REQUESTS_PER_MINUTE: z.coerce.number().int().min(1).optional(),
  SPT_FLOW_LOG_DAYS: z.coerce.number().int().min(1).max(3_650).default(14),
  SPT_FLOW_LOG_MEGABYTES: z.coerce.number().int().min(1).max(10_240).default(16),
  ...RECORDING_VARIABLES,
  SPT_FLOW_AUDIT_DAYS: z.coerce.number().int().min(30).max(36_500).optional(),
  ...BUILD_VARIABLES,
});

const OPTIONS = {
  port: 'SPT_FLOW_SERVER_PORT',
  host: 'SPT_FLOW_SERVER_HOST',
  'public-url': 'SPT_FLOW_SERVER_PUBLIC_URL',
  'data-dir': 'SPT_FLOW_SERVER_DATA_DIR',
  'preview-domain': 'SPT_FLOW_SERVER_PREVIEW_DOMAIN',
  'tls-cert': 'SPT_FLOW_SERVER_TLS_CERT',
  'tls-key': 'SPT_FLOW_SERVER_TLS_KEY',
  'trusted-proxies': 'SPT_FLOW_SERVER_TRUSTED_PROXIES',
  dns: 'SPT_FLOW_SERVER_DNS',
  'replica-address': 'SPT_FLOW_SERVER_REPLICA_ADDRESS',
  'agent-binding': 'SPT_FLOW_SERVER_AGENT_BINDING',
  'agent-key-days': 'SPT_FLOW_SERVER_AGENT_KEY_DAYS',
  'agent-releases': 'SPT_FLOW_SERVER_AGENT_RELEASES',
  'agent-update-megabytes': 'SPT_FLOW_SERVER_AGENT_UPDATE_MEGABYTES',
  'revocation-view': 'SPT_FLOW_SERVER_REVOCATION_VIEW',
  'max-size': 'SPT_FLOW_SERVER_MAX_SIZE',
  'max-isolation': 'SPT_FLOW_SERVER_MAX_ISOLATION',
  images: 'SPT_FLOW_SERVER_IMAGES',
  'policy-data': 'SPT_FLOW_SERVER_POLICY_DATA',
  'policy-bundle': 'SPT_FLOW_SERVER_POLICY_BUNDLE',
  'metrics-port': 'SPT_FLOW_SERVER_METRICS_PORT',
  'metrics-host': 'SPT_FLOW_SERVER_METRICS_HOST',
  'workspace-provider': 'SPT_FLOW_WORKSPACE_PROVIDER',
  'workspace-image': 'SPT_FLOW_WORKSPACE_IMAGE',
  'log-level': 'SPT_FLOW_SERVER_LOG_LEVEL',
} as const satisfies Record<string, keyof typeof EnvironmentSchema.shape>;

export type ControlPlaneConfig = ReturnType<typeof toConfig>;
export type ControlPlaneSecrets = ReturnType<typeof toSecrets>;

export type ControlPlaneStart =
  | { readonly kind: 'help'; readonly text: string }
  | {
      readonly kind: 'run';
      readonly config: ControlPlaneConfig;
      readonly secrets: ControlPlaneSecrets;
      /** The operator restored a backup of the database: this start tells the agents' part. */
      readonly databaseRestored: boolean;
      /** Whose password was lost: this start prints a link to a new one. */
      readonly newPasswordFor: string | undefined;
    };

/** readControlPlaneConfig merges options over environment over defaults; ConfigError names what is wrong. */
export function readControlPlaneConfig(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  defaults: { dataDirectory: string },
): ControlPlaneStart {
  const options = readOptions(args);
  if (options['help'] === true) return { kind: 'help', text: helpText(HELP_ENTRIES) };
  const values = { ...givenEnvironment(environment), ...fromOptions(options) };
  const parsed = EnvironmentSchema.safeParse(values);
  if (!parsed.success) throw new ConfigError(explain(parsed.error));
  return {
    kind: 'run',
    config: toConfig(parsed.data, defaults),
    secrets: toSecrets(parsed.data),
    databaseRestored: options['database-restored'] === true,
    newPasswordFor: options['new-password-for']?.toString(),
  };
}

function readOptions(args: readonly string[]): Record<string, string | boolean | undefined> {
  const known = Object.fromEntries(
    Object.keys(OPTIONS).map((name) => [name, { type: 'string' as const }]),
  );
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...known,
        'database-restored': { type: 'boolean' },
        'new-password-for': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    throw new ConfigError(
      `${cause instanceof Error ? cause.message : String(cause)} (see npm start -- --help)`,
      { cause },
    );
  }
}

function fromOptions(
  options: Record<string, string | boolean | undefined>,
): Record<string, string> {
  const pairs = Object.entries(OPTIONS).flatMap(([option, variable]) => {
    const value = options[option];
    return typeof value === 'string' ? [[variable, value] as const] : [];
  });
  return Object.fromEntries(pairs);
}

type Environment = z.infer<typeof EnvironmentSchema>;

function toConfig(environment: Environment, defaults: { dataDirectory: string }) {
  const tls = tlsFiles(environment);
  const channelBinding = channelBindingOf(environment, tls !== undefined);
  assertEncrypted(environment);
  return {
    dataDirectory: environment.SPT_FLOW_SERVER_DATA_DIR ?? defaults.dataDirectory,
    ...addressesOf(environment),
    /** PEM files; unset: plain HTTP, for loopback and behind a proxy that ends TLS. */
    tls,
    ...agentsConfig(environment, channelBinding),
    signIn: signInOf(environment),
    metrics: metricsAddress(environment),
    /** Repository of templates that organizations may add; null: none. */
    templateCatalogUrl: environment.SPT_FLOW_TEMPLATE_CATALOG ?? null,
    /** Grafana that has the dashboards of `infra/observability`; null: none. */
    grafanaUrl: environment.SPT_FLOW_GRAFANA_URL ?? null,
    logLevel: environment.SPT_FLOW_SERVER_LOG_LEVEL,
    /** What is kept of the log of each workspace. */
    logs: {
      maxBytes: environment.SPT_FLOW_LOG_MEGABYTES * 1024 ** 2,
      maxAgeMs: environment.SPT_FLOW_LOG_DAYS * 24 * 3_600_000,
    },
    ...{ recordings: recordingsOf(environment), builds: buildsOf(environment) },
    /** Null: entries of the audit log are kept for ever. */
    auditDays: environment.SPT_FLOW_AUDIT_DAYS ?? null,
    ...workspacesConfig(environment),
    /** Null: no cluster runs workspaces. */
    kubernetes: kubernetesOf(environment, environment.SPT_FLOW_WORKSPACE_PROVIDER),
    /** Where secrets are kept; null: in the database. */
    vault: vaultOf(environment),
    /** Where projects are pushed to; null: nowhere. */
    ...{ gitlab: gitlabOf(environment), coder: coderOf(environment) },
    maxProjectsPerUser: environment.MAX_PROJECTS_PER_USER,
    snapshots: snapshotsOf(environment),
    ...chatOf(environment),
  };
}

/** Where it listens, and under which names people, apps and other replicas reach it. */
function addressesOf(environment: Environment) {
  return {
    port: environment.SPT_FLOW_SERVER_PORT,
    host: environment.SPT_FLOW_SERVER_HOST,
    /** As people reach it; unset: `http://localhost:<port>`, or https with a certificate. */
    publicUrl: environment.SPT_FLOW_SERVER_PUBLIC_URL,
    previewDomain: environment.SPT_FLOW_SERVER_PREVIEW_DOMAIN,
    /** Of the apps in one workspace. */
    previewLimits: {
      open: environment.SPT_FLOW_PREVIEW_OPEN_REQUESTS,
      perMinute: environment.SPT_FLOW_PREVIEW_REQUESTS_PER_MINUTE,
    },
    /** Who may say for whom they ask. */
    trustedProxies: environment.SPT_FLOW_SERVER_TRUSTED_PROXIES ?? [],
    /** Who is asked about domains of people's own; empty: whom the system asks. */
    dnsServers: environment.SPT_FLOW_SERVER_DNS,
    /** Where the other replicas reach this one; unset: it is the only one, and listens nowhere else. */
    replicaAddress: replicaAddressOf(environment),
  };
}

function channelBindingOf(environment: Environment, hasTls: boolean) {
  const direct = hasTls ? 'tls-exporter' : 'inner-kx';
  const channelBinding = environment.SPT_FLOW_SERVER_AGENT_BINDING ?? direct;
  if (channelBinding === 'tls-exporter' && !hasTls) {
    throw new ConfigError(
      '--agent-binding tls-exporter needs --tls-cert and --tls-key: where a proxy ends TLS, use inner-kx',
    );
  }
  return channelBinding;
}

function agentsConfig(
  environment: Environment,
  channelBinding: 'tls-exporter' | 'inner-kx' | 'none',
) {
  return {
    agents: {
      channelBinding,
      maxKeyAgeDays: environment.SPT_FLOW_SERVER_AGENT_KEY_DAYS,
      revocationView: environment.SPT_FLOW_SERVER_REVOCATION_VIEW,
    },
    agentUpdates: {
      /** Where signed releases lie; unset: in the data directory. */
      directory: environment.SPT_FLOW_SERVER_AGENT_RELEASES,
      bytesPerSecond: environment.SPT_FLOW_SERVER_AGENT_UPDATE_MEGABYTES * 1024 ** 2,
    },
  };
}

/** Processes with a database each would not know of each other. */
function replicaAddressOf(environment: Environment): string | undefined {
  const address = environment.SPT_FLOW_SERVER_REPLICA_ADDRESS;
  if (address !== undefined && environment.DATABASE_URL === undefined)
    throw new ConfigError('--replica-address needs DATABASE_URL: replicas share one PostgreSQL');
  return address;
}

function workspacesConfig(environment: Environment) {
  return {
    /** What the policy permits workspaces. */
    policy: {
      maxSize: environment.SPT_FLOW_SERVER_MAX_SIZE,
      maxIsolation: environment.SPT_FLOW_SERVER_MAX_ISOLATION,
      /** Null: any image. */
      images: environment.SPT_FLOW_SERVER_IMAGES?.split(',').map((name) => name.trim()) ?? null,
      /** JSON with further limits; unset: none. */
      dataFile: environment.SPT_FLOW_SERVER_POLICY_DATA,
      /** Folder with compiled rules of the operator; unset: none. */
      bundle: environment.SPT_FLOW_SERVER_POLICY_BUNDLE,
    },
    workspaces: {
      /** Where new workspaces run. */
      provider: environment.SPT_FLOW_WORKSPACE_PROVIDER,
      /** Of containers whose settings name none. */
      image: environment.SPT_FLOW_WORKSPACE_IMAGE,
      /** Names of variables of the control plane that all workspaces get. */
      variables: environment.SPT_FLOW_WORKSPACE_VARIABLES,
      /** Upper bounds of a container, whatever its size and template say. */
      caps: capsOf(environment),
    },
    devcontainers: {
      /** They may own their host, in workspaces whose isolation is relaxed. */
      allowPrivileged: environment.SPT_FLOW_DEVCONTAINER_PRIVILEGED,
      /** Registry that features are fetched from; unset: none are. */
      featureMirror: environment.SPT_FLOW_DEVCONTAINER_FEATURE_MIRROR,
    },
    lifecycle: lifecycleOf(environment),
  };
}

/** Prometheus metrics have an address of their own; without a port they are not served. */
function metricsAddress(environment: Environment) {
  const { SPT_FLOW_SERVER_METRICS_PORT: port, SPT_FLOW_SERVER_METRICS_HOST: host } = environment;
  if (port === undefined) return undefined;
  if (!LOOPBACK.includes(host) && environment.SPT_FLOW_METRICS_TOKEN === undefined) {
    throw new ConfigError(
      `--metrics-host ${host} lets other machines in: set SPT_FLOW_METRICS_TOKEN, which they must show`,
    );
  }
  return { port, host };
}

function tlsFiles(environment: Environment) {
  const { SPT_FLOW_SERVER_TLS_CERT: certFile, SPT_FLOW_SERVER_TLS_KEY: keyFile } = environment;
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  throw new ConfigError('--tls-cert and --tls-key belong together: give both or none');
}

function toSecrets(environment: Environment) {
  return {
    /** Encrypts keys at rest; unset: generated into `secret.key` of the data directory. */
    secretKey: environment.SPT_FLOW_SECRET_KEY,
    /** What readers of the metrics show; unset: loopback needs none. */
    metricsToken: environment.SPT_FLOW_METRICS_TOKEN,
    databaseUrl: environment.DATABASE_URL,
    /** Unset: a public client, which proves itself by PKCE alone. */
    oidcClientSecret: environment.SPT_FLOW_OIDC_CLIENT_SECRET,
    githubClientSecret: environment.SPT_FLOW_GITHUB_CLIENT_SECRET,
    claudeApiKey: environment.ANTHROPIC_API_KEY ?? environment.CLAUDE_API_KEY,
    openAiApiKey: environment.OPENAI_API_KEY,
    /** Unset: the registry of builds asks for none. */
    buildRegistry: buildRegistryOf(environment),
    gitlabToken: environment.GITLAB_TOKEN,
    /** Unset: whom the chain of AWS finds. */
    snapshotKey: snapshotKeyOf(environment),
    /** What tokens of webhooks are made of; unset: the secret key. */
    gitlabWebhookSecret: environment.GITLAB_WEBHOOK_SECRET,
    /** Who is told of errors; unset: nobody. */
    errorTracking: environment.SENTRY_DSN,
    /** Where spans are sent, with the key that is shown there; null: nowhere. */
    telemetry: telemetryOf(environment),
    /** Where turns of the chat are told of; null: nowhere. */
    traces: langfuseOf(environment, ''),
    /** Where tools in workspaces tell of theirs: keys that every workspace sees; null: nowhere. */
    workspaceTraces: langfuseOf(environment, 'SPT_FLOW_WORKSPACE_'),
  };
}

function explain(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const variable = String(issue.path[0]);
      const option = Object.entries(OPTIONS).find(([, name]) => name === variable)?.[0];
      return `${option ? `--${option} or ` : ''}${variable}: ${issue.message}`;
    })
    .join('; ');
}
