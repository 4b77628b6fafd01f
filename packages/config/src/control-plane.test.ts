import { describe, expect, it } from 'vitest';
import { HELP_ENTRIES } from './control-plane-help.ts';
import { ConfigError } from './config-error.ts';
import { readControlPlaneConfig } from './control-plane.ts';

const SPECIAL_VALUES: readonly [string, string][] = [
  ['SPT_FLOW_SERVER_PUBLIC_URL', 'https://example.com'],
  ['SPT_FLOW_WORKSPACE_PROVIDER', 'docker'],
  ['SPT_FLOW_SERVER_LOG_LEVEL', 'warn'],
  ['SPT_FLOW_SERVER_HOST', '::1'],
  ['SPT_FLOW_SERVER_AGENT_BINDING', 'none'],
  ['SPT_FLOW_SERVER_TRUSTED_PROXIES', '10.0.0.0/8'],
  ['SPT_FLOW_SERVER_DNS', '9.9.9.9,[2620:fe::fe]:5353,2620:fe::9'],
  ['SPT_FLOW_ENV', 'production'],
  ['SPT_FLOW_SERVER_REVOCATION_VIEW', 'best_effort'],
  ['SPT_FLOW_SERVER_MAX_SIZE', 'chat'],
  ['SPT_FLOW_SERVER_MAX_ISOLATION', 'relaxed'],
];
/** Options that belong to another, with which they are tested. */
const PAIRED = [
  'SPT_FLOW_SERVER_TLS_CERT',
  'SPT_FLOW_SERVER_TLS_KEY',
  'SPT_FLOW_SERVER_REPLICA_ADDRESS',
];
const DEFAULTS = { dataDirectory: '/data' };

function read(args: readonly string[] = [], environment: Record<string, string | undefined> = {}) {
  const start = readControlPlaneConfig(args, environment, DEFAULTS);
  if (start.kind === 'help') throw new Error('asked for help');
  return start;
}

describe('control plane configuration', () => {
  it('needs nothing', () => {
    const { config, secrets } = read();

    expect(config).toMatchObject({
      port: 8080,
      host: '127.0.0.1',
      dataDirectory: '/data',
      previewDomain: 'preview.localhost',
    });
    expect(secrets).toEqual({
      secretKey: undefined,
      metricsToken: undefined,
      databaseUrl: undefined,
      claudeApiKey: undefined,
      telemetry: null,
      traces: null,
      workspaceTraces: null,
    });
  });

  it('takes options over variables over defaults', () => {
    const environment = { SPT_FLOW_SERVER_PORT: '9001', SPT_FLOW_SERVER_HOST: '0.0.0.0' };

    expect(read(['--port', '9000'], environment).config).toMatchObject({
      port: 9000,
      host: '0.0.0.0',
      logLevel: 'info',
    });
  });

  it('takes an empty variable as not set', () => {
    expect(read([], { SPT_FLOW_SERVER_PORT: '', DATABASE_URL: '' }).config.port).toBe(8080);
  });

  it('reads limits, prices and the budget of workspaces', () => {
    expect(read().config.lifecycle).toEqual({
      idleMinutes: 30,
      dormantDays: 0,
      deleteDays: 0,
      maxRunningPerUser: 3,
      maxRunningPerOrganization: undefined,
      pricesPerHour: {},
      currency: 'USD',
      monthlyBudget: undefined,
    });
    expect(
      read([], { SPT_FLOW_PRICES: 'chat=0.05, devenv=0.1', SPT_FLOW_MONTHLY_BUDGET: '200' }).config
        .lifecycle,
    ).toMatchObject({ pricesPerHour: { chat: 0.05, devenv: 0.1 }, monthlyBudget: 200 });
  });

  it('reads prices of models, what the chat may spend and what it remembers whole', () => {
    const { spending, openAi, historyMessages } = read([], {
      SPT_FLOW_CHAT_HISTORY_MESSAGES: '6',
      SPT_FLOW_MODEL_PRICES: 'small=1/4, org/large=2/10/0.2/3',
      SPT_FLOW_CHAT_PROJECT_BUDGET: '1.5',
      OPENAI_BASE_URL: 'http://localhost:11434/v1',
      OPENAI_MODEL: 'qwen3-coder',
    }).config;

    expect(spending).toEqual({
      prices: {
        small: { input: 1, output: 4, cachedInput: 1, writtenInput: 1.25 },
        'org/large': { input: 2, output: 10, cachedInput: 0.2, writtenInput: 3 },
      },
      maxTurnTokens: 1_500_000,
      projectBudgetMicros: 1_500_000,
    });
    expect(historyMessages).toBe(6);
    expect(openAi).toEqual({ baseUrl: 'http://localhost:11434/v1', model: 'qwen3-coder' });
    expect(read().config.spending.prices['claude-sonnet-5-5']).toMatchObject({ output: 10 });
  });

  it('keeps secrets apart from what may be shown', () => {
    const { config, secrets } = read([], {
      ANTHROPIC_API_KEY: 'sk-secret',
      LANGFUSE_HOST: 'https://traces.example',
      LANGFUSE_PUBLIC_KEY: 'pk-secret',
      LANGFUSE_SECRET_KEY: 'sk-lf-secret',
      SENTRY_DSN: 'https://1secret@errors.example/a/7',
      DATABASE_URL: 'postgres://u:secret@h/d',
    });

    expect(JSON.stringify(config)).not.toContain('secret');
    expect(secrets.claudeApiKey).toBe('sk-secret');
    expect(secrets.traces).toMatchObject({ publicKey: 'pk-secret', secretKey: 'sk-lf-secret' });
    expect(secrets.errorTracking).toEqual({
      url: 'https://errors.example/a/api/7/envelope/',
      publicKey: '1secret',
    });
  });

  it.each([
    [['--port', 'many'], {}, '--port or SPT_FLOW_SERVER_PORT'],
    [[], { SPT_FLOW_SERVER_PORT: '70000' }, 'SPT_FLOW_SERVER_PORT'],
    [[], { DATABASE_URL: 'mysql://host/db' }, 'DATABASE_URL'],
    [[], { SPT_FLOW_SECRET_KEY: 'short' }, 'SPT_FLOW_SECRET_KEY'],
    [['--workspace-provider', 'cloud'], {}, 'SPT_FLOW_WORKSPACE_PROVIDER'],
    [[], { CONTAINER_MEMORY_LIMIT: '2 gigabytes' }, 'CONTAINER_MEMORY_LIMIT'],
    [[], { CONTAINER_MEMORY_LIMIT: '1m' }, 'at least 128m'],
    [[], { SPT_FLOW_PRICES: 'huge=1' }, 'SPT_FLOW_PRICES'],
    [[], { SPT_FLOW_PRICES: 'chat' }, 'SPT_FLOW_PRICES'],
    [[], { SPT_FLOW_PRICES: 'chat=-1' }, 'SPT_FLOW_PRICES'],
    [[], { SPT_FLOW_CURRENCY: 'euro' }, 'SPT_FLOW_CURRENCY'],
    [[], { SPT_FLOW_MODEL_PRICES: 'small=1' }, 'SPT_FLOW_MODEL_PRICES'],
    [[], { SPT_FLOW_MODEL_PRICES: 'small=1/free' }, 'SPT_FLOW_MODEL_PRICES'],
    [[], { SPT_FLOW_CHAT_HISTORY_MESSAGES: '0' }, 'SPT_FLOW_CHAT_HISTORY_MESSAGES'],
    [[], { SPT_FLOW_CHAT_PROJECT_BUDGET: '-1' }, 'SPT_FLOW_CHAT_PROJECT_BUDGET'],
    [[], { OPENAI_BASE_URL: 'http://localhost:11434/v1' }, 'OPENAI_MODEL'],
    [[], { OPENAI_MODEL: 'qwen3-coder' }, 'OPENAI_BASE_URL'],
    [[], { LANGFUSE_HOST: 'https://traces.example' }, 'LANGFUSE_SECRET_KEY'],
    [[], { SPT_FLOW_WORKSPACE_VARIABLES: 'PATH, ' }, 'must be names of variables'],
    [[], { SPT_FLOW_WORKSPACE_VARIABLES: 'SPT_FLOW_SECRET_KEY' }, 'must not name keys'],
    [[], { SENTRY_DSN: 'https://errors.example/7' }, 'SENTRY_DSN: must be https://<public key>@'],
    [[], { MAX_RUNNING_WORKSPACES_PER_USER: '0' }, 'MAX_RUNNING_WORKSPACES_PER_USER'],
    [[], { SPT_FLOW_IDLE_MINUTES: '-1' }, 'SPT_FLOW_IDLE_MINUTES'],
    [['--dns', 'dns.example'], {}, 'must be addresses such as'],
    [['--dns', '9.9.9.9:99999'], {}, 'must be addresses such as'],
    [['--trusted-proxies', 'caddy'], {}, 'must be addresses, networks'],
    [['--trusted-proxies', '10.0.0.0/99'], {}, 'SPT_FLOW_SERVER_TRUSTED_PROXIES'],
    [['--prot', '1'], {}, '--help'],
    [['extra'], {}, '--help'],
  ])('names what is wrong in %j %j', (args, environment, expected) => {
    expect(() => read(args, environment)).toThrow(ConfigError);
    expect(() => read(args, environment)).toThrow(expected);
  });

  it('never repeats a wrong secret in its error', () => {
    expect(() => read([], { DATABASE_URL: 'mysql://user:hunter2@host/db' })).toThrow(
      expect.not.stringContaining('hunter2'),
    );
  });

  it.each(HELP_ENTRIES)('describes %s %s in its help', (option, variable) => {
    const start = readControlPlaneConfig(['--help'], {}, DEFAULTS);

    expect(start.kind === 'help' && start.text).toContain(option || variable);
  });

  it.each(
    HELP_ENTRIES.filter(
      ([option, variable]) => option !== '' && variable !== '' && !PAIRED.includes(variable),
    ),
  )('accepts the documented option %s', (option, variable) => {
    const name = option.split(' ')[0] ?? '';
    const value = new Map<string, string>(SPECIAL_VALUES).get(variable) ?? '1234';

    expect(() => read([name, value])).not.toThrow();
    expect(read([name, value])).toEqual(read([], { [variable]: value }));
  });

  it('refuses in production what sends passwords over a network as they are', () => {
    const inProduction = (...args: string[]) => read(args, { SPT_FLOW_ENV: 'production' });
    const everywhere = ['--host', '0.0.0.0'];

    expect(() => inProduction('--public-url', 'http://flow.example.com')).toThrow('with https');
    expect(() => inProduction(...everywhere)).toThrow('--trusted-proxies');
    expect(() => inProduction(...everywhere, '--trusted-proxies', 'loopback')).not.toThrow();
    expect(() => inProduction(...everywhere, '--tls-cert', 'c', '--tls-key', 'k')).not.toThrow();
    expect(() => inProduction('--public-url', 'http://flow.localhost:8080')).not.toThrow();
    expect(() => inProduction('--public-url', 'https://flow.example.com')).not.toThrow();
    expect(() => read([...everywhere, '--public-url', 'http://flow.example.com'])).not.toThrow();
  });

  it('has replicas only on one database, at addresses of machines', () => {
    const DATABASE_URL = 'postgresql://db/spt_flow';
    const at = (address: string) => read(['--replica-address', address], { DATABASE_URL }).config;

    expect(read().config.replicaAddress).toBeUndefined();
    expect(at('10.0.0.7:7070').replicaAddress).toBe('10.0.0.7:7070');
    expect(at('[fd00::7]:7070').replicaAddress).toBe('[fd00::7]:7070');
    expect(at('[10.0.0.7]:7070').replicaAddress).toBe('10.0.0.7:7070');
    for (const wrong of [
      '10.0.0.7',
      '10.0.0.7:0',
      '10.0.0.7:70000',
      'http://10.0.0.7:7070',
      'db:7',
    ])
      expect(() => at(wrong)).toThrow('must be an address with a port');
    expect(() => read(['--replica-address', '10.0.0.7:7070'])).toThrow('DATABASE_URL');
  });

  it('binds agents elsewhere to TLS that it ends itself, else to keys of their own', () => {
    const tls = ['--tls-cert', '/etc/flow.pem', '--tls-key', '/etc/flow.key'];

    expect(read().config).toMatchObject({ tls: undefined, agents: { channelBinding: 'inner-kx' } });
    expect(read(tls).config).toMatchObject({
      tls: { certFile: '/etc/flow.pem', keyFile: '/etc/flow.key' },
      agents: { channelBinding: 'tls-exporter' },
    });
  });

  it.each([
    [['--tls-cert', '/etc/flow.pem'], '--tls-key'],
    [['--tls-key', '/etc/flow.key'], '--tls-cert'],
    [['--agent-binding', 'tls-exporter'], 'inner-kx'],
  ])('refuses %j, which can not hold', (args, expected) => {
    expect(() => read(args)).toThrow(expected);
  });

  it('serves metrics to other machines only against a token', () => {
    const open = { SPT_FLOW_SERVER_METRICS_PORT: '9464', SPT_FLOW_SERVER_METRICS_HOST: '0.0.0.0' };

    expect(read().config.metrics).toBeUndefined();
    expect(read(['--metrics-port', '9464']).config.metrics).toEqual({
      port: 9464,
      host: '127.0.0.1',
    });
    expect(() => read([], open)).toThrow('SPT_FLOW_METRICS_TOKEN');
    expect(
      read([], { ...open, SPT_FLOW_METRICS_TOKEN: 'a-long-enough-token' }).config.metrics,
    ).toEqual({ port: 9464, host: '0.0.0.0' });
  });

  it('believes nobody who says for whom they ask, but the proxies it is told of', () => {
    const list = '10.0.0.0/8, uniquelocal,::1,192.0.2.7';

    expect(read().config.trustedProxies).toEqual([]);
    expect(read(['--trusted-proxies', list]).config.trustedProxies).toEqual([
      ...['10.0.0.0/8', 'uniquelocal', '::1', '192.0.2.7'],
    ]);
  });

  it('bounds containers only where it is told to', () => {
    const bounded = {
      CONTAINER_MEMORY_LIMIT: '2g',
      CONTAINER_CPU_LIMIT: '1.5',
      SPT_FLOW_WORKSPACE_GPUS: '2',
    };

    expect(read().config.workspaces).toMatchObject({ image: 'coder-base', caps: { gpus: 0 } });
    expect(read([], bounded).config.workspaces.caps).toEqual({
      memoryBytes: 2 * 1024 ** 3,
      cpus: 1.5,
      gpus: 2,
    });
  });

  it('is told once that a backup was restored', () => {
    expect(read(['--database-restored']).databaseRestored).toBe(true);
    expect(read().databaseRestored).toBe(false);
  });

  it('is told whose password was lost', () => {
    expect(read(['--new-password-for', 'ada@example.com']).newPasswordFor).toBe('ada@example.com');
    expect(read().newPasswordFor).toBeUndefined();
  });

  it('keeps projects here unless there is a GitLab with a token', () => {
    const environment = { GITLAB_URL: 'http://gitlab:80/', GITLAB_TOKEN: 'glpat-1' };
    const { config, secrets } = read([], {
      ...environment,
      SPT_FLOW_GITLAB_EXTERNAL_URL: 'https://gitlab.example/git/',
    });

    expect(read().config.gitlab).toBeNull();
    expect(config.gitlab).toEqual({
      ...{ url: 'http://gitlab', externalUrl: 'https://gitlab.example/git', group: 'spt-flow' },
      ...{ hookUrl: null, caFile: null },
    });
    expect(secrets.gitlabToken).toBe('glpat-1');
    expect(JSON.stringify(config)).not.toContain('glpat-1');
    expect(() => read([], { GITLAB_URL: 'http://gitlab' })).toThrow('belong together');
    const withLogin = { ...environment, GITLAB_URL: 'https://me:secret@gitlab' };
    expect(() => read([], withLogin)).toThrow('without a login');
  });
});
