import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { createAppImages } from '../../src/features/providers/index.ts';
import { newDockerStage, type DockerStage } from '../providers/docker-stage.ts';
import { startRegistry, type Registry } from '../providers/registry.ts';
import { startWorkspacesServer, type WorkspacesServer } from '../workspaces/workspaces-server.ts';
import { useBuildStage } from './build-stage.ts';

const ENGINE_MS = 90_000;
const IMAGE_ONLY = 'make: { stage: build, services: ["docker:dind"], script: [x] }';
const stage = useBuildStage();
let registry: Registry;
let docker: DockerStage;
let server: WorkspacesServer;

beforeAll(async () => {
  registry = await startRegistry();
  docker = await newDockerStage({ routeAgentUpgrade: (_request, socket) => socket.destroy() });
  server = await startWorkspacesServer({
    ...{ db: stage.db, installationId: docker.installationId },
    dataDirectory: docker.dataDirectory,
    docker: (route) => docker.create(route),
  });
}, ENGINE_MS);
afterAll(async () => {
  for (const id of await images().projects()) await images().keepNewest(id, 0);
  await server.close();
  await docker.close();
  await registry.close();
});

function images() {
  const environment = { DOCKER_HOST: process.env['DOCKER_HOST'] };
  return createAppImages({ environment, installationId: docker.installationId });
}

/** Builds a project whose jobs run in containers. */
async function build(files: Readonly<Record<string, string>>) {
  const { service } = await stage.replica({
    agents: server.agentsServer.agents.hub,
    workspaces: server.workspaces.service,
    placeOf: async () => ({ provider: 'docker', hasImages: true, settings: DEFAULT_SETTINGS }),
    registry: { prefix: `${registry.host}/apps`, account: undefined },
    images: images(),
  });
  const handle = await stage.project(files);
  await service.run(stage.asked(handle), undefined);
  const ended = await stage.ended(service, handle, ENGINE_MS);
  return { build: ended, log: await stage.logOf(service, handle) };
}

describe('a build in containers', () => {
  it(
    'runs jobs in their images, makes the image of the app and pushes it',
    async () => {
      const image = JSON.stringify(docker.image);
      const { build: first, log } = await build({
        '.gitlab-ci.yml': [
          `make: { stage: build, image: ${image}, script: [id -un, pwd, echo made > page, test ! -S /var/run/docker.sock], artifacts: { paths: [page] } }`,
          `try: { stage: test, image: ${image}, script: [cat page, "test ! -e left", touch left] }`,
        ].join('\n'),
        Dockerfile: 'FROM scratch\nCOPY index.html /\n',
        'index.html': '<p>',
      });

      expect(first.jobs.map(({ name, status }) => [name, status])).toEqual([
        ['make', 'succeeded'],
        ['container image', 'succeeded'],
        ['try', 'succeeded'],
      ]);
      expect(log).toContain('made\n');
      const [name = ''] = /localhost.+$/.exec(first.jobs[1]?.message ?? '') ?? [];
      const manifest = name.replace(/^(.+?)\/(.+):/, 'http://$1/v2/$2/manifests/');
      expect((await fetch(manifest)).status).toBe(200);
      const machines = { label: [`spt-flow.installation=${docker.installationId}`] };
      expect(await docker.engine.listContainers({ all: true, filters: machines })).toEqual([]);

      const { build: next } = await build({
        '.gitlab-ci.yml': IMAGE_ONLY,
        Dockerfile: `FROM ${name}\nCOPY index.html /other.html\n`,
        'index.html': '<p>',
      });
      expect(next.status).toBe('succeeded');
    },
    ENGINE_MS,
  );

  it(
    'reaches no image that the engine has of somebody else',
    async () => {
      const { Id: id } = await docker.engine.getImage(docker.image).inspect();
      const guessed = id.replace('sha256:', '').slice(0, 12);

      const { build: job } = await build({
        '.gitlab-ci.yml': `a: { stage: test, image: "${guessed}", script: [true] }`,
      });
      expect(job.message).toContain(`The image "${guessed}" can't be used`);
      for (const name of [guessed, docker.image]) {
        const { build: image } = await build({
          '.gitlab-ci.yml': IMAGE_ONLY,
          Dockerfile: `FROM ${name}\nUSER root\nRUN cat /etc/passwd\n`,
        });
        expect(image.message).toContain('“make” failed. No image was made of the app');
      }
    },
    ENGINE_MS,
  );
});
