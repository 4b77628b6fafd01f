import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentConnections } from '../agents/index.ts';
import type { Planned } from './applied.ts';
import { buildNeeds, imageNameOf, type BuildNeeds } from './build-input.ts';
import { copyForBuild } from './build-copy.ts';
import { invalid, parseConfigDocument, type ConfigDocument } from './config-document.ts';
import type { ConfigFiles } from './config-files.ts';
import { readConfig, type DevcontainerConfig } from './config-schema.ts';
import { devcontainerId, placeOf, planContainer } from './container-plan-of.ts';
import type { DockerEngine, ImageFacts, Work } from './docker-engine.ts';
import { judgeFeatures } from './features.ts';
import type { createImageBuilder } from './image-builder.ts';
import { judgeConfig, judgeWorkspaceMount, type Limits } from './policy.ts';
import { RefusalList } from './refusal.ts';
import { substitute, type Variables } from './variables.ts';

export interface PlannerDeps {
  readonly agents: AgentConnections;
  readonly engine: Pick<DockerEngine, 'inspect' | 'obtain'>;
  readonly build: ReturnType<typeof createImageBuilder>;
  /** What `localEnv` shows. */
  readonly localEnv: Variables['localEnv'];
  readonly allowPrivileged: boolean;
  /** Registry, with a path where it has one, that features are fetched from. */
  readonly featureMirror: string | undefined;
  /** Where copies of files lie while they are built from. */
  readonly temporaryDirectory: string;
}

export interface PlannedWorkspace {
  readonly id: string;
  readonly name: string;
  readonly isolation: Limits['isolation'];
}

export interface Planning extends Work {
  readonly correlationId: string;
}

/** Judged is a devcontainer.json that asks for nothing forbidden, as far as it can be known before its image is there. */
export interface Judged {
  readonly files: ConfigFiles;
  readonly document: ConfigDocument;
  readonly written: DevcontainerConfig;
  readonly config: DevcontainerConfig;
  readonly needs: BuildNeeds | undefined;
  readonly limits: Limits;
  readonly variables: Variables;
}

export type Planner = ReturnType<typeof createPlanner>;

/** createPlanner makes plans: it judges, has images built or fetched, and judges those. */
export function createPlanner(deps: PlannerDeps) {
  function judge(workspace: PlannedWorkspace, files: ConfigFiles): Judged {
    const document = parseConfigDocument(files.file, files.text);
    const written = readConfig(document);
    const limits = { isolation: workspace.isolation, allowPrivileged: deps.allowPrivileged };
    const variables: Variables = {
      localEnv: deps.localEnv,
      containerEnv: undefined,
      localWorkspaceFolder: `/workspaces/${workspace.name}`,
      containerWorkspaceFolder: undefined,
      devcontainerId: devcontainerId(workspace.id),
    };
    const { mountAt, folder } = placeOf(written, variables);
    const containerWorkspaceFolder = path.posix.join(mountAt, folder);
    const config = substitute(written, { ...variables, containerWorkspaceFolder });
    const refusals = new RefusalList();
    const refuse = refusals.in(document);
    judgeConfig(withoutUnknown(config), limits, refuse);
    judgeWorkspaceMount(config, variables.localWorkspaceFolder, refuse);
    const features = judgeFeatures(files, config, { mirror: deps.featureMirror, refuse });
    const needs = buildNeeds(files, { ...config, ...(config.features && { features }) }, refuse);
    refusals.throwIfAny();
    if (!needs && config.image === undefined)
      throw invalid(
        document.place([]),
        'there has to be an "image" or a "build" with a "dockerfile"',
      );
    return { files, document, written, config, needs, limits, variables };
  }

  async function imageOf(
    workspace: PlannedWorkspace,
    judged: Judged,
    planning: Planning,
  ): Promise<{ name: string; facts: ImageFacts }> {
    const { needs, config } = judged;
    const base = config.image && (await deps.engine.obtain(config.image, planning));
    if (config.image && base && !needs) return { name: config.image, facts: base };
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

  return {
    judge,

    /** The owner is whom the files have to belong to, as `chown` takes it. */
    async plan(
      workspace: PlannedWorkspace,
      judged: Judged,
      planning: Planning,
    ): Promise<{ planned: Omit<Planned, 'creation'>; owner: string }> {
      const { files, document, written: config, limits, variables } = judged;
      const image = await imageOf(workspace, judged, planning);
      const { notes, ...planned } = planContainer({ document, config, image, limits, variables });
      notes.forEach(planning.onLine);
      return {
        planned: { file: files.file, hash: files.hash, ...planned },
        owner: ownerOf(planned.container.user ?? image.facts.user),
      };
    },
  };
}

/** What depends on variables of the container is judged when its image is there. */
function withoutUnknown(config: DevcontainerConfig): DevcontainerConfig {
  const isKnown = (value: unknown) => !JSON.stringify(value ?? null).includes('${containerEnv:');
  return {
    ...config,
    mounts: isKnown(config.mounts) ? config.mounts : undefined,
    runArgs: isKnown(config.runArgs) ? config.runArgs : undefined,
  };
}

/** A user without a group comes with the group that the image knows; a number without one stays alone. */
function ownerOf(user: string): string {
  const known = user === '' ? 'root' : user;
  return known.includes(':') || /^\d+$/.test(known) ? known : `${known}:`;
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
  refusals.throwIfAny();
  for (const [file, text] of Object.entries(needs.generated))
    await writeFile(path.join(directory, file), text, { flag: 'wx' });
  return hash;
}
