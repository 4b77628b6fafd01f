import { SIZE_LIMITS } from '@spt-flow/shared/domain/workspace-settings';
import type { JobRun } from './run-script-job.ts';
import type { JobEnd, PipelineRunDeps, RunningPipeline } from './pipeline-run.ts';

const KEPT_IMAGES = 3;

/** appImageName is what the engine calls the image that was made of a commit. */
function appImageName(slug: string, commit: string): string {
  return `spt-flow/apps/${slug}:${commit}`;
}

/** buildImage makes the container image of the app in the engine, and pushes it where a registry is configured. */
export async function buildImage(
  deps: PipelineRunDeps,
  running: RunningPipeline,
  { log }: Pick<JobRun, 'log'>,
): Promise<JobEnd> {
  const { row, project, place, signal } = running;
  if (place.provider !== 'docker')
    return {
      status: 'skipped',
      message:
        'No container image was made: this project does not run in containers. Everything else of the build was done',
    };
  const { projectId, commit } = row;
  const onLine = (line: string) => log.line(line);
  const hasNetwork = place.settings.egress === null;
  if (!hasNetwork)
    await log.line('The Dockerfile reaches no network: the project has a list of hosts');
  const name = appImageName(project.slug, commit);
  await deps.images.build({
    ...{ name, projectId, commit, hasNetwork, signal, onLine },
    context: deps.source.archive(projectId, commit, signal),
    limits: SIZE_LIMITS[place.settings.size],
  });
  await deps.images.keepNewest(projectId, KEPT_IMAGES);
  if (!deps.registry)
    return {
      status: 'succeeded',
      message: `The image is ${name}. It was not pushed: no registry is configured`,
    };
  const { prefix, account } = deps.registry;
  const repository = `${prefix}/${project.slug}`;
  await deps.images.push({ ...{ name, repository, account, signal, onLine }, tag: commit });
  return { status: 'succeeded', message: `The image is ${repository}:${commit}` };
}

/** signalDeploy puts the app online, unless something newer was committed meanwhile. */
export async function signalDeploy(
  deps: PipelineRunDeps,
  { row, correlationId, signal }: RunningPipeline,
  { log }: Pick<JobRun, 'log'>,
): Promise<JobEnd> {
  const { projectId, organizationId, commit, ref } = row;
  const head = await deps.source.head(projectId);
  if (head?.name !== ref || head.commit !== commit)
    return { status: 'skipped', message: 'It was not put online: something newer is there' };
  await log.line('The script of this job is for GitLab: here spt-flow puts the app online itself');
  const { ok, words } = await deps.deploy({ projectId, organizationId, correlationId, signal });
  await log.line(words);
  return { status: ok ? 'succeeded' : 'failed', message: words };
}
