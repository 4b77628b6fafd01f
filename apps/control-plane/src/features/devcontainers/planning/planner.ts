import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentConnections } from '../../agents/index.ts';
import type { ServicePlan } from '../../providers/index.ts';
import type { Planned } from './planned.ts';
import {
  copyForBuild,
  imageNameOf,
  type BuildNeeds,
  type createImageBuilder,
  type DockerEngine,
  type ImageFacts,
  type Work,
} from '../images/index.ts';
import { planContainer } from './container-plan-of.ts';
import {
  judgeDevcontainer,
  type ImageSource,
  type Judged,
  type JudgeDeps,
  type PlannedWorkspace,
} from './judging.ts';
import { createTextReader, type ConfigFiles } from '../reading/index.ts';
import { identitiesIn, RefusalList, type Refuse } from '../rules/index.ts';

/** Each is read for names of images. */
const MAX_DOCKERFILE_BYTES = 256 * 1024;
const MAX_NAMED = 10;

export interface PlannerDeps extends JudgeDeps {
  readonly agents: AgentConnections;
  readonly engine: Pick<DockerEngine, 'inspect' | 'obtain'>;
  readonly build: ReturnType<typeof createImageBuilder>;
  /** Where copies of files lie while they are built from. */
  readonly temporaryDirectory: string;
}

export interface Planning extends Work {
  readonly correlationId: string;
}

export type Planner = ReturnType<typeof createPlanner>;

/** createPlanner makes plans: it judges, has images built or fetched, and judges those. */
export function createPlanner(deps: PlannerDeps) {
  async function imageOf(
    workspace: PlannedWorkspace,
    { judged, source }: { judged: Judged; source: ImageSource },
    planning: Planning,
  ): Promise<{ name: string; facts: ImageFacts }> {
    const { needs, image } = source;
    const base = image && (await deps.engine.obtain(image, planning));
    if (image && base && !needs) return { name: image, facts: base };
    if (!needs) throw new AppError('devcontainer_invalid');
    const root = await mkdtemp(path.join(deps.temporaryDirectory, 'devcontainer-'));
    try {
      const directory = path.join(root, 'files');
      const treeHash = await copy(deps.agents, { workspace, judged, needs, directory, planning });
      const name = imageNameOf(needs, treeHash, base ? base.id : '');
      const present = await deps.engine.inspect(name, planning.signal);
      if (present) planning.onLine(`The image ${name} was built before`);
      else
        await deps.build(
          {
            directory,
            configFile: judged.files.file,
            config: needs.config,
            imageName: name,
            scratch: path.join(root, 'scratch'),
          },
          planning,
        );
      const facts = present ?? (await deps.engine.inspect(name, planning.signal));
      if (facts) return { name, facts };
      throw new AppError('devcontainer_failed', `The engine does not have the image "${name}"`);
    } finally {
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async function servicesOf(
    workspace: PlannedWorkspace,
    judged: Judged,
    planning: Planning,
  ): Promise<ServicePlan[]> {
    const services: ServicePlan[] = [];
    for (const { name, plan } of judged.compose?.others ?? []) {
      const source = judged.sources.get(name);
      if (!source) throw new Error(`nothing says where the image of ${name} comes from`);
      const image = await imageOf(workspace, { judged, source }, planning);
      services.push({ ...plan, name, image: image.name });
    }
    return services;
  }

  return {
    /** Reads what the devcontainer names besides, and judges all of it. */
    judge(
      workspace: PlannedWorkspace,
      files: ConfigFiles,
      call: Pick<Planning, 'signal' | 'correlationId'>,
    ): Promise<Judged> {
      const readText = createTextReader({
        ...call,
        agents: deps.agents,
        workspaceId: workspace.id,
      });
      return judgeDevcontainer(deps, { workspace, files, readText });
    },

    /** The owner is whom the files have to belong to, as `chown` takes it. */
    async plan(
      workspace: PlannedWorkspace,
      judged: Judged,
      planning: Planning,
    ): Promise<{ planned: Omit<Planned, 'creation' | 'hash'>; owner: string }> {
      const { files, document, written: config, limits, variables, compose } = judged;
      const image = await imageOf(workspace, { judged, source: judged }, planning);
      const { notes, container, ...planned } = planContainer({
        ...{ document, config, image, limits, variables },
        service: compose?.main,
      });
      const services = await servicesOf(workspace, judged, planning);
      [...(compose?.notes ?? []), ...notes].forEach(planning.onLine);
      return {
        planned: {
          ...{ ...planned, file: files.file, inputs: [...(compose?.inputs ?? [])] },
          container: { ...container, services },
        },
        owner: ownerOf(container.user ?? image.facts.user),
      };
    },
  };
}

/** A user without a group comes with the group that the image knows; a number without one stays alone. */
function ownerOf(user: string): string {
  const known = user === '' ? 'root' : user;
  return known.includes(':') || /^\d+$/.test(known) ? known : `${known}:`;
}

/** In the copy, because that is what is built. */
async function judgeDockerfile(
  directory: string,
  { judged, needs, refuse }: { judged: Judged; needs: BuildNeeds; refuse: Refuse },
): Promise<void> {
  const { dockerfile, args, target } = needs.config.build ?? {};
  const folder = path.posix.dirname(judged.files.file);
  const file = dockerfile && path.posix.join(folder, dockerfile);
  if (!file || file in needs.generated) return;
  const { size } = await stat(path.join(directory, file)).catch((cause: unknown) => {
    throw new AppError('devcontainer_invalid', `There is no file "${file}"`, { cause });
  });
  if (size > MAX_DOCKERFILE_BYTES)
    throw new AppError('devcontainer_invalid', `"${file}" is larger than 256 KiB`);
  const text = await readFile(path.join(directory, file), 'utf8');
  for (const name of identitiesIn(text, { args, target }).slice(0, MAX_NAMED))
    refuse('image-identity', ['build'], `The image "${name.slice(0, 100)}" in "${file}"`);
}

async function copy(
  agents: AgentConnections,
  input: {
    workspace: PlannedWorkspace;
    judged: Judged;
    needs: BuildNeeds;
    directory: string;
    planning: Planning;
  },
): Promise<string> {
  const { workspace, judged, needs, directory, planning } = input;
  const refusals = new RefusalList();
  const refuse = refusals.in(judged.document);
  const { correlationId, signal } = planning;
  const source = { agents, workspaceId: workspace.id, paths: needs.paths, correlationId, signal };
  const hash = await copyForBuild(source, directory, (link) =>
    refuse('symlink', ['build'], `The link "${link}", which leads out of the build,`),
  );
  await judgeDockerfile(directory, { judged, needs, refuse });
  refusals.throwIfAny();
  for (const [file, text] of Object.entries(needs.generated))
    await writeFile(path.join(directory, file), text, { flag: 'wx' });
  return hash;
}
