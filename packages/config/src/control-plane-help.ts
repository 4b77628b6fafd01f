export const HELP_ENTRIES = [
  ['--port <number>', 'SPT_FLOW_SERVER_PORT', 'port of the dashboard and the API (8080)'],
  ['--host <address>', 'SPT_FLOW_SERVER_HOST', 'address to listen on (127.0.0.1)'],
  [
    '--public-url <url>',
    'SPT_FLOW_SERVER_PUBLIC_URL',
    'URL as people reach it (http://localhost:<port>)',
  ],
  [
    '--data-dir <path>',
    'SPT_FLOW_SERVER_DATA_DIR',
    'where the database, code and workspaces are kept',
  ],
  [
    '--preview-domain <name>',
    'SPT_FLOW_SERVER_PREVIEW_DOMAIN',
    'apps answer at <project>.<name> (preview.localhost)',
  ],
  [
    '--tls-cert <file>',
    'SPT_FLOW_SERVER_TLS_CERT',
    'PEM certificate chain: serve HTTPS itself; read again when it changes (off)',
  ],
  ['--tls-key <file>', 'SPT_FLOW_SERVER_TLS_KEY', 'PEM private key of the certificate'],
  [
    '--trusted-proxies <list>',
    'SPT_FLOW_SERVER_TRUSTED_PROXIES',
    'proxies whose X-Forwarded-For counts: addresses, networks, loopback, uniquelocal (none)',
  ],
  [
    '--replica-address <address:port>',
    'SPT_FLOW_SERVER_REPLICA_ADDRESS',
    'where further replicas on the same DATABASE_URL and data directory reach this one (there are none)',
  ],
  [
    '--agent-binding <kind>',
    'SPT_FLOW_SERVER_AGENT_BINDING',
    'tls-exporter, inner-kx or none, for agents elsewhere (by --tls-cert)',
  ],
  [
    '--agent-key-days <number>',
    'SPT_FLOW_SERVER_AGENT_KEY_DAYS',
    'agents change their keys after so many days (90)',
  ],
  [
    '--revocation-view <kind>',
    'SPT_FLOW_SERVER_REVOCATION_VIEW',
    'strict or best_effort: end agent connections when the database is away for 5 minutes (strict)',
  ],
  ['--database-restored', '', 'once after restoring a backup: let agents in that are ahead of it'],
  ['--new-password-for <e-mail>', '', 'print a link with which this person chooses a new password'],
  ['--max-size <size>', 'SPT_FLOW_SERVER_MAX_SIZE', 'largest workspace: chat or devenv (devenv)'],
  [
    '--max-isolation <profile>',
    'SPT_FLOW_SERVER_MAX_ISOLATION',
    'most permissive isolation: restricted, devenv or relaxed (devenv)',
  ],
  [
    '--images <names>',
    'SPT_FLOW_SERVER_IMAGES',
    'images that templates may name, with commas between; * stands for anything (any)',
  ],
  [
    '--policy-data <file>',
    'SPT_FLOW_SERVER_POLICY_DATA',
    'JSON with further limits of workspaces, such as hosts, memory and cost (none)',
  ],
  [
    '--policy-bundle <directory>',
    'SPT_FLOW_SERVER_POLICY_BUNDLE',
    'compiled rules of your own, asked beside those that are shipped (none)',
  ],
  [
    '--metrics-port <number>',
    'SPT_FLOW_SERVER_METRICS_PORT',
    'serve Prometheus metrics at this port (off)',
  ],
  [
    '--metrics-host <address>',
    'SPT_FLOW_SERVER_METRICS_HOST',
    'address of the metrics; others than loopback need the token (127.0.0.1)',
  ],
  [
    '--workspace-provider <name>',
    'SPT_FLOW_WORKSPACE_PROVIDER',
    'where new workspaces run: local or docker (local)',
  ],
  [
    '--workspace-image <name>',
    'SPT_FLOW_WORKSPACE_IMAGE',
    'image of containers whose settings name none (coder-base)',
  ],
  ['--log-level <level>', 'SPT_FLOW_SERVER_LOG_LEVEL', 'debug, info, warn, error or silent (info)'],
  ['', 'DATABASE_URL', 'PostgreSQL 15 or newer (a database of its own in the data directory)'],
  ['', 'SPT_FLOW_SECRET_KEY', 'encrypts keys at rest, at least 32 characters (generated)'],
  [
    '',
    'SPT_FLOW_METRICS_TOKEN',
    'readers of the metrics must show it, at least 16 characters (none)',
  ],
  ['', 'ANTHROPIC_API_KEY', 'lets the chat use Claude (templates only)'],
  ['', 'CLAUDE_MODEL', 'model of the chat (claude-sonnet-5-5)'],
  ['', 'ANTHROPIC_BASE_URL', 'a gateway that speaks the Messages API'],
  [
    '',
    'OPENAI_BASE_URL',
    'a service with the chat completions API, e.g. http://localhost:11434/v1; with a Claude key it is the fallback (none)',
  ],
  ['', 'OPENAI_MODEL', 'its model'],
  ['', 'OPENAI_API_KEY', 'its key (none)'],
  [
    '',
    'SPT_FLOW_MODEL_PRICES',
    'dollars per million tokens: model=input/output/cached/written (those of Claude, November 2026)',
  ],
  ['', 'SPT_FLOW_CHAT_TURN_TOKENS', 'most tokens that one message may use (1500000)'],
  [
    '',
    'SPT_FLOW_CHAT_HISTORY_MESSAGES',
    'earlier messages that the model sees whole, not shortened (20)',
  ],
  [
    '',
    'SPT_FLOW_CHAT_PROJECT_BUDGET',
    'dollars that the chat and the tools of a project may spend (no limit)',
  ],
  ['', 'SPT_FLOW_WORKSPACE_MODELS', 'false keeps the models from the tools in workspaces (true)'],
  ['', 'LANGFUSE_HOST', 'Langfuse that is told of each turn, with the two keys after it (none)'],
  ['', 'LANGFUSE_PUBLIC_KEY', 'its public key'],
  ['', 'LANGFUSE_SECRET_KEY', 'its secret key'],
  ['', 'SENTRY_DSN', 'Sentry that is told of errors of the control plane (none)'],
  [
    '',
    'SPT_FLOW_WORKSPACE_LANGFUSE_HOST',
    'Langfuse of the tools in workspaces, which all see the two keys after it (none)',
  ],
  ['', 'SPT_FLOW_WORKSPACE_LANGFUSE_PUBLIC_KEY', 'its public key'],
  ['', 'SPT_FLOW_WORKSPACE_LANGFUSE_SECRET_KEY', 'its secret key'],
  [
    '',
    'SPT_FLOW_BROWSER',
    'Chromium that looks at changed apps, or off (the one that is installed)',
  ],
  [
    '',
    'SPT_FLOW_WORKSPACE_VARIABLES',
    'names of variables of the control plane that all workspaces get (none)',
  ],
  ['', 'CONTAINER_MEMORY_LIMIT', 'most memory of a container, e.g. 2g (that of its size)'],
  ['', 'CONTAINER_CPU_LIMIT', 'most processors of a container, e.g. 1.5 (those of its size)'],
  [
    '',
    'SPT_FLOW_DEVCONTAINER_PRIVILEGED',
    'true lets devcontainers of relaxed workspaces be privileged (false)',
  ],
  [
    '',
    'SPT_FLOW_DEVCONTAINER_FEATURE_MIRROR',
    'registry that features of devcontainers are fetched from (none are fetched)',
  ],
  ['', 'MAX_PROJECTS_PER_USER', 'how many projects a person may have (10)'],
  ['', 'MAX_RUNNING_WORKSPACES_PER_USER', 'how many workspaces of a person run at once (3)'],
  ['', 'MAX_RUNNING_WORKSPACES_PER_ORGANIZATION', 'the same for an organization (no limit)'],
  ['', 'MAX_SNAPSHOTS_PER_WORKSPACE', 'how many snapshots a workspace may have (10)'],
  ['', 'SPT_FLOW_LOG_DAYS', 'log lines of workspaces are removed after so many days (14)'],
  ['', 'SPT_FLOW_LOG_MEGABYTES', 'how much is kept of the log of each workspace (16)'],
  [
    '',
    'SPT_FLOW_DORMANT_DAYS',
    'workspaces become dormant after so many days unused; 0: never (0)',
  ],
  ['', 'SPT_FLOW_DELETE_DAYS', 'dormant workspaces are deleted after so many days; 0: never (0)'],
  ['', 'SPT_FLOW_IDLE_MINUTES', 'workspaces stop after so long without use; 0: never (30)'],
  ['', 'SPT_FLOW_PRICES', 'an hour of a workspace by size: chat=0.05,devenv=0.1 (none)'],
  ['', 'SPT_FLOW_CURRENCY', 'currency of the prices (USD)'],
  ['', 'SPT_FLOW_MONTHLY_BUDGET', 'warn when an organization spends more in a month (none)'],
] as const;

/** helpText prints examples first, then each option with its variable; options win over variables. */
export function helpText(
  entries: readonly (readonly [option: string, variable: string, text: string])[],
): string {
  const rows = entries.map(
    ([option, variable, text]) => `  ${option.padEnd(26)} ${variable.padEnd(32)} ${text}`,
  );
  return [
    'Examples',
    '  npm start',
    '  npm start -- --port 9000 --data-dir ~/spt-flow',
    '  DATABASE_URL=postgres://user@host/spt_flow npm start',
    '',
    'Options (an option wins over its variable, a variable over the default)',
    ...rows,
    '',
  ].join('\n');
}
