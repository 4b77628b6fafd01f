import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newDevcontainerStage, type DevcontainerStage, type Files } from './devcontainer-stage.ts';

const FILE = '.devcontainer/devcontainer.json';
let stage: DevcontainerStage;

beforeAll(async () => {
  stage = await newDevcontainerStage();
});
afterAll(() => stage.close());

function project(compose: string, config: object = {}, files: Files = {}): Files {
  return {
    [FILE]: JSON.stringify({ dockerComposeFile: 'compose.yaml', service: 'app', ...config }),
    '.devcontainer/compose.yaml': compose.replaceAll('BASE', stage.docker.image),
    ...files,
  };
}

/** Counts its starts in a volume, and tells them with a greeting to whoever connects. */
const SERVE = `exec perl -MIO::Socket::INET -e 'open F, ">>", "/data/starts"; print F "x"; close F; open F, "/data/starts"; $$n = length <F>; open G, "/etc/greeting"; $$g = <G>; chomp $$g; $$| = 1; print "serving $$g\\n"; $$s = IO::Socket::INET->new(Listen => 5, LocalPort => 8000); while ($$c = $$s->accept) { print $$c "$$g $$n\\n"; close $$c }'`;
const SERVER = `
  db:
    image: BASE
    user: root
    init: true
    command: [/bin/bash, -c, ${JSON.stringify(SERVE)}]
    volumes: ["data:/data", "./greeting:/etc/greeting:ro", "..:/code:ro"]
    healthcheck:
      test: [CMD, bash, -c, "exec 3<>/dev/tcp/127.0.0.1/8000"]
      interval: 500ms
      retries: 20
`;
const ASK = `bash -c 'cat < /dev/tcp/db/8000'`;

async function containers(id: string) {
  const filters = JSON.stringify({ label: [`spt-flow.workspace=${id}`] });
  const found = await stage.docker.engine.listContainers({ all: true, filters });
  return found.map(({ Names, Id, State }) => ({ name: Names[0], id: Id, state: State }));
}

function serviceOf(id: string, name: string) {
  return stage.docker.engine.getContainer(`spt-flow-${id}-${name}`);
}

describe('a workspace of a Compose project', () => {
  it(
    'has its services by name, healthy before its commands run, through stops, crashes and rebuilds',
    { timeout: 120_000 },
    async () => {
      const id = await stage.running(
        project(
          `services:
  app:
    image: BASE
    command: sh -c 'echo own command; sleep infinity'
    volumes: ["../..:/workspaces:cached"]
    depends_on:
      db: { condition: service_healthy }
      job: { condition: service_completed_successfully }
  job: { image: BASE, command: cat /code/note, volumes: ["..:/code"], depends_on: [db] }
${SERVER}
volumes: { data: }
`,
          { onCreateCommand: `${ASK} > first` },
          { '.devcontainer/greeting': 'hello\n', note: 'from the project\n' },
        ),
      );

      expect((await stage.devcontainer(id)).problem).toBeNull();
      expect(await stage.sh(id, 'pwd; cat first')).toMatch(/^\/workspaces\/w-\w+\nhello 1$/);
      expect(await stage.steps(id)).toContain('Start the services');
      await expect
        .poll(() => stage.log(id))
        .toEqual(
          expect.arrayContaining([
            'db | serving hello',
            'job | from the project',
            'app | own command',
            'The service job ended with 0',
          ]),
        );

      await stage.restart(id);

      expect(await stage.sh(id, ASK)).toBe('hello 2');
      const before = await containers(id);
      await stage.docker.container(id).kill();
      await vi.waitFor(async () => expect((await containers(id)).length).toBe(before.length), {
        timeout: 30_000,
      });
      await stage.ready(id);
      await expect.poll(() => stage.sh(id, ASK), { timeout: 30_000 }).toBe('hello 3');
      expect((await containers(id)).map((one) => one.id)).not.toContain(before[0]?.id);

      await stage.rebuild(id);
      expect(await stage.sh(id, `${ASK}; cat first`)).toBe('hello 4\nhello 4');

      await stage.workspaces.service.stop(stage.tenant.principal, id, 'test');
      await stage.workspaces.service.settled(id);
      expect(await containers(id)).toEqual([]);

      await stage.workspaces.service.remove(stage.tenant.principal, id, 'test');
      await stage.workspaces.service.settled(id);
      const { Volumes: volumes } = await stage.docker.engine.listVolumes({
        filters: JSON.stringify({ label: [`spt-flow.workspace=${id}`] }),
      });
      expect(volumes).toEqual([]);
      expect(stage.errors).toEqual([]);
    },
  );

  it('shares its size and its policy with its services, and its localhost where they ask for it', async () => {
    const id = await stage.running(
      project(
        `services:
  app: { image: BASE, network_mode: "service:db", depends_on: { db: { condition: service_healthy } } }
${SERVER}
`,
        {},
        { '.devcontainer/greeting': 'hi\n' },
      ),
    );

    expect((await stage.devcontainer(id)).problem).toBeNull();
    expect(await stage.sh(id, `${ASK}; bash -c 'cat < /dev/tcp/127.0.0.1/8000'`)).toBe(
      'hi 1\nhi 1',
    );
    const [own, db] = await Promise.all([
      stage.docker.container(id).inspect(),
      serviceOf(id, 'db').inspect(),
    ]);
    expect((own.HostConfig.Memory ?? 0) + (db.HostConfig.Memory ?? 0)).toBe(2 * 1024 ** 3);
    expect((own.HostConfig.NanoCpus ?? 0) + (db.HostConfig.NanoCpus ?? 0)).toBe(1e9);
    expect(db.HostConfig).toMatchObject({
      ...{ Privileged: false, CapDrop: ['ALL'], CapAdd: own.HostConfig.CapAdd },
      ...{ SecurityOpt: own.HostConfig.SecurityOpt, PidsLimit: own.HostConfig.PidsLimit },
    });
    expect(db.Mounts.map(({ Type }) => Type)).not.toContain('bind');
    expect(Object.keys(db.HostConfig.PortBindings ?? {})).toEqual([]);
  });

  it('that asks for the host in a service starts none of it, and says where', async () => {
    const id = await stage.running(
      project(`services:
  app: { image: BASE }
  db:
    image: BASE
    privileged: true
    volumes: ["/var/run/docker.sock:/s"]
    ports: ["5432:5432"]
`),
    );

    const { problem } = await stage.devcontainer(id);
    expect(problem).toMatchObject({
      code: 'devcontainer_refused',
      details: {
        refusals: [
          { rule: 'published-port', place: { file: '.devcontainer/compose.yaml', line: 7 } },
          { rule: 'privileged', place: { line: 5 } },
          { rule: 'docker-socket', place: { line: 6 } },
        ],
      },
    });
    expect((await containers(id)).length).toBe(1);
  });

  it('whose service fails is usable, and shows its last lines', async () => {
    const id = await stage.running(
      project(
        `services:
  app: { image: BASE, depends_on: { db: { condition: service_healthy } } }
  db: { image: BASE, command: ["sh", "-c", "echo no space here; exit 3"], healthcheck: { test: ["CMD", "true"] } }
`,
        { onCreateCommand: 'touch ran' },
      ),
    );

    expect((await stage.devcontainer(id)).problem).toMatchObject({
      code: 'devcontainer_failed',
      message: '"app" waits for "db", which ended with 3\nno space here',
    });
    expect(await stage.steps(id)).toContain('Start the services: failed');
    expect(await stage.sh(id, 'ls')).toBe('');
    await expect.poll(() => stage.log(id)).toContain('The service db ended with 3');
  });

  it('whose service cannot be started is named', async () => {
    const id = await stage.running(
      project(
        `services: { app: { image: BASE }, db: { image: BASE, command: [no-such-program] } }`,
      ),
    );

    expect((await stage.devcontainer(id)).problem).toMatchObject({
      code: 'devcontainer_failed',
      message: expect.stringMatching(/^The service "db" can't be started\. .*no-such-program/),
    });
  });

  it('builds the images of its services, and says when one of its files changed', async () => {
    const files = project(
      `services:
  app: { build: { context: .., dockerfile: web/Dockerfile } }
  side: { build: ../side, init: true, restart: always, command: [sleep, infinity] }
`,
      { dockerComposeFile: '../compose.yaml', overrideCommand: true },
    );
    const dockerfile = `FROM ${stage.docker.image}\nUSER root\n`;
    const id = await stage.running({
      ...{
        [FILE]: files[FILE] ?? '',
        'compose.yaml': (files['.devcontainer/compose.yaml'] ?? '')
          .replaceAll('..', '.')
          .replace('./side', './side'),
      },
      'web/Dockerfile': `${dockerfile}RUN echo web > /made\n`,
      'side/Dockerfile': `${dockerfile}RUN echo side > /made\n`,
    });

    expect((await stage.devcontainer(id)).problem).toBeNull();
    expect(await stage.sh(id, 'cat /made')).toBe('web');
    expect((await serviceOf(id, 'side').inspect()).State.Running).toBe(true);

    await stage.sh(id, 'echo >> compose.yaml');
    await stage.restart(id);

    expect((await stage.devcontainer(id)).isChanged).toBe(true);
    expect((await serviceOf(id, 'side').inspect()).State.Running).toBe(true);
  });

  it('stands still with its services while it is copied, and goes on as a copy with their data', async () => {
    const files = project(
      `services:
  app: { image: BASE, depends_on: { db: { condition: service_healthy } } }
${SERVER}
volumes: { data: }
`,
      {},
      { '.devcontainer/greeting': 'hi\n' },
    );
    const { copies, service } = stage.workspaces;
    const id = await stage.running(files);
    const parts = new Map<string, Buffer>();
    const states: string[] = [];

    await copies.read(await stage.row(id), async ({ name, archive }) => {
      parts.set(name, await buffer(archive));
      states.push(...(await containers(id)).map(({ state }) => state));
    });

    expect([...new Set(states)]).toEqual(['paused']);
    expect([...parts.keys()]).toContain('own-data');
    expect(await stage.sh(id, ASK)).toBe('hi 1');
    const copy = await stage.empty();
    await copies.fill(await stage.row(copy), streamsOf(parts));
    await service.begin(copy, 'test');
    await stage.ready(copy);
    expect((await stage.devcontainer(copy)).problem).toBeNull();
    expect(await stage.sh(copy, ASK)).toBe('hi 2');
    expect(await stage.sh(id, ASK)).toBe('hi 1');
  });
});

async function* streamsOf(parts: ReadonlyMap<string, Buffer>) {
  for (const [name, bytes] of parts) yield { name, archive: Readable.from([bytes]) };
}
