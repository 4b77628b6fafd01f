import { describe, expect, it } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { judgeDevcontainer } from '../planning/judging.ts';

const FILE = '.devcontainer/devcontainer.json';
const COMPOSE = '.devcontainer/compose.yaml';
const DEPS = { localEnv: {}, allowPrivileged: false, featureMirror: undefined };

type Files = Readonly<Record<string, string>>;

/** The project of a service `app`, with these files. */
function judge(files: Files, config: object = {}) {
  const text = JSON.stringify({ dockerComposeFile: 'compose.yaml', service: 'app', ...config });
  return judgeDevcontainer(DEPS, {
    workspace: { id: 'w', name: 'shop', isolation: 'devenv', hasNetwork: true },
    files: { file: FILE, text, hash: 'h', features: new Map() },
    readText: async (path) => files[path],
  });
}

async function failure(files: Files, config?: object): Promise<AppError> {
  const error: unknown = await judge(files, config).then(
    () => new Error('it was permitted'),
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw error;
}

const APP = 'services:\n  app:\n    image: base\n';
/** A service `db` with these lines, of which the first is line 6. */
function withDb(lines: readonly string[]): string {
  return `${APP}  db:\n    image: postgres\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

const REFUSED: [rule: string, lines: string[], line?: number][] = [
  ['privileged', ['privileged: true']],
  ['privileged', ['privileged: ${MISSING:-true}']],
  ['host-mount', ['volumes: ["/:/host"]']],
  ['host-mount', ['volumes:', '  - data:/data', '  - ../../../etc:/host:ro'], 8],
  ['host-mount', ['volumes: ["~/.ssh:/ssh"]']],
  ['host-mount', ['volumes: [{ type: bind, source: /etc, target: /host }]']],
  ['host-mount', ['volumes: [{ type: npipe, source: x, target: /host }]']],
  ['docker-socket', ['volumes: ["/var/run/docker.sock:/var/run/docker.sock"]']],
  ['docker-socket', ['volumes: ["./docker.sock:/x"]']],
  ['mount-option', ['volumes: ["data:/data:rshared"]']],
  [
    'mount-option',
    ['volumes: [{ type: bind, source: ., target: /x, bind: { propagation: shared } }]'],
  ],
  ['mount-target', ['volumes: ["data:/proc/x"]']],
  ['mount-target', ['volumes: ["./init.sql:/a/../../etc/x"]']],
  ['host-namespace', ['network_mode: host']],
  ['host-namespace', ['network_mode: "container:other"']],
  ['host-namespace', ['pid: host']],
  ['host-namespace', ['ipc: host']],
  ['host-namespace', ['userns_mode: host']],
  ['host-namespace', ['cgroup: host']],
  ['published-port', ['ports: ["5432:5432"]']],
  ['device', ['devices: ["/dev/kvm:/dev/kvm"]']],
  ['device', ['gpus: all']],
  ['capability', ['cap_add: [SYS_ADMIN]']],
  ['security-option', ['security_opt: ["apparmor:unconfined"]']],
  ['compose-option', ['cgroup_parent: /']],
  ['compose-option', ['volumes_from: ["container:other"]']],
  ['compose-option', ['extra_hosts: ["a:host-gateway"]']],
  ['compose-option', ['use_api_socket: true']],
  ['compose-option', ['post_start: [{ command: x }]']],
  ['compose-file', ['env_file: /etc/passwd']],
  ['compose-file', ['env_file: ../../x.env']],
  ['build-context', ['build: ../..']],
  ['build-context', ['build: https://github.com/x/y.git']],
  ['build-context', ['build: { context: .., dockerfile: /etc/Dockerfile }']],
  ['build-option', ['build: { context: .., network: host }']],
  ['build-option', ['build: { context: .., privileged: true }']],
];

const WRONG: [what: string, text: string, words: string][] = [
  ['is no YAML', 'services: [', `${COMPOSE}:1:`],
  ['has a number for a map', 'services: 5', `${COMPOSE}:1:1`],
  ['lacks the service', 'services: { db: { image: x } }', 'no service "app"'],
  ['has a service without an image', 'services: { app: {} }', 'needs an "image" or a "build"'],
  [
    'waits in a circle',
    `${APP}    depends_on: [db]\n  db: { image: x, depends_on: [app] }`,
    'wait for each other',
  ],
  ['extends itself', 'services: { app: { image: x, extends: app } }', 'extends itself'],
  ['includes itself', `include: [compose.yaml]\n${APP}`, 'includes itself'],
  ['requires a variable', `${APP}    user: "\${WHO:?say who}"`, 'say who'],
  [
    'repeats without end',
    `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefg'
      .split('')
      .map(
        (n, i) =>
          `${n}: &${n} [${Array(10)
            .fill(`*${'abcdef'[i] ?? ''}`)
            .join()}]\n`,
      )
      .join('')}`,
    'more than 20000 values',
  ],
];

describe('a Compose project', () => {
  it.each(REFUSED)(
    'is refused by the rule "%s" for %s, with its line',
    async (rule, lines, line = 6) => {
      const { code, details } = await failure({ [COMPOSE]: withDb(lines) });

      expect(code).toBe('devcontainer_refused');
      expect(details?.['refusals']).toMatchObject([{ rule, place: { file: COMPOSE, line } }]);
    },
  );

  it.each<[rule: string, text: string]>([
    ['host-mount', `${APP}volumes: { data: { driver_opts: { type: none, o: bind, device: / } } }`],
    ['host-mount', `${APP}volumes: { data: { external: true } }`],
    ['host-namespace', `${APP}networks: { lan: { driver: macvlan } }`],
    ['compose-option', `${APP}secrets: { s: { file: /etc/shadow } }`],
    ['compose-file', `include: [../../other.yaml]\n${APP}`],
    ['compose-file', `include: ["oci://example.org/x"]\n${APP}`],
    ['compose-mount', `${APP}    volumes: ["..:/workspace", "./x:/y"]\n`],
  ])('is refused by the rule "%s" whatever part says so', async (rule, text) => {
    const { details } = await failure({ [COMPOSE]: text });

    expect(details?.['refusals']).toMatchObject([{ rule, place: { file: COMPOSE } }]);
  });

  it.each<[where: string, files: Files, file: string, line: number]>([
    [
      'what it extends',
      {
        [COMPOSE]: `${APP}  db: { extends: { file: ../base.yaml, service: db } }\n`,
        'base.yaml': 'services:\n  db:\n    image: postgres\n    privileged: true\n',
      },
      ...(['base.yaml', 4] as const),
    ],
    [
      'what it includes',
      {
        [COMPOSE]: `include:\n  - ../more/x.yaml\n${APP}`,
        'more/x.yaml': 'services:\n  db: { image: x, privileged: true }\n',
      },
      ...(['more/x.yaml', 2] as const),
    ],
    [
      'an alias',
      {
        [COMPOSE]: `x-all: &all\n  privileged: true\n${APP}    <<: *all\n`,
      },
      ...([COMPOSE, 2] as const),
    ],
    [
      'a variable',
      {
        [COMPOSE]: `${APP}    network_mode: "\${MODE}"\n`,
        '.devcontainer/.env': 'MODE=host\n',
      },
      ...([COMPOSE, 4] as const),
    ],
  ])('is judged with %s', async (_where, files, file, line) => {
    const { details } = await failure(files);

    expect(details?.['refusals']).toMatchObject([{ place: { file, line } }]);
  });

  it.each(WRONG)('that %s is told so', async (_what, text, words) => {
    const { code, message } = await failure({ [COMPOSE]: text });

    expect(code).toBe('devcontainer_invalid');
    expect(message).toContain(words);
  });
});

const PERMITTED: Files = {
  [COMPOSE]: `
services:
  app:
    image: base:\${TAG:-1}
    command: sh -c "echo 'a b' $$HOME"
    volumes: ["../..:/workspaces:cached", "cache:/cache"]
    depends_on: { db: { condition: service_healthy }, job: { condition: service_completed_successfully } }
    environment: { A: 1, GIVEN: }
    network_mode: service:db
  db:
    image: postgres
    volumes: ["data:/var/lib/data", "./init.sql:/docker-entrypoint-initdb.d/init.sql:ro", "..:/code:ro"]
    env_file: db.env
    environment: ["B=\${OTHER}"]
    restart: unless-stopped
    healthcheck: { test: pg_isready, interval: 1m30s, retries: 2 }
    labels: { unimportant: "yes" }
  job: { build: { context: ../job, args: [X=1] }, depends_on: [db] }
  extra: { image: x, profiles: [debug] }
`,
  '.devcontainer/more.yaml':
    'services: { app: { environment: [A=2] }, db: { image: "postgres:17" } }',
  '.devcontainer/.env': 'TAG="2"\nGIVEN=here # comment\n',
  '.devcontainer/db.env': "export PASSWORD='s p'\n",
};

describe('a Compose project that is permitted', () => {
  it('is read from all its files: variables, overrides, and services in their order', async () => {
    const judged = await judge(PERMITTED, {
      dockerComposeFile: ['compose.yaml', 'more.yaml'],
      workspaceFolder: '/workspaces/shop/web',
    });

    const { compose } = judged;
    expect(judged.image).toBe('base:2');
    expect(compose?.main.plan).toMatchObject({
      command: ['sh', '-c', "echo 'a b' $HOME"],
      environment: { A: '2', GIVEN: 'here' },
      networkOf: 'db',
      mounts: [
        { kind: 'project', target: '/workspaces/shop' },
        { kind: 'volume', name: 'cache', target: '/cache' },
      ],
    });
    expect(compose?.others.map(({ name }) => name)).toEqual(['db', 'job']);
    expect(compose?.others[0]).toMatchObject({
      image: 'postgres:17',
      plan: {
        environment: { PASSWORD: 's p', B: '' },
        mounts: [
          { kind: 'volume', name: 'data', isReadOnly: false },
          { kind: 'project', target: '/code', isReadOnly: true },
        ],
        copies: [{ from: '.devcontainer/init.sql', to: '/docker-entrypoint-initdb.d/init.sql' }],
        healthcheck: { test: ['CMD-SHELL', 'pg_isready'], intervalMs: 90_000, retries: 2 },
        restarts: true,
      },
    });
    expect(judged.sources.get('job')?.needs?.config.build).toMatchObject({
      ...{ context: '../job', dockerfile: '../job/Dockerfile', args: { X: '1' } },
    });
    expect(compose?.notes).toEqual([
      'Not set, and so empty in the Compose files: OTHER',
      'Decided by the workspace for db: labels',
    ]);
    expect(compose?.inputs).toContain('.devcontainer/db.env');
  });

  it('runs only the services that are asked for, and what they need', async () => {
    const text = `${APP}    depends_on: [db]\n  db: { image: x }\n  web: { image: x, depends_on: [api] }\n  api: { image: x }\n  idle: { image: x }\n`;

    const { compose } = await judge({ [COMPOSE]: text }, { runServices: ['web'] });

    expect(compose?.others.map(({ name }) => name)).toEqual(['db', 'api', 'web']);
  });
});
