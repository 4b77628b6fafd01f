import type { PipelineJob, PipelinePlan } from './file/pipeline-job.ts';

/** BuildStep is what a build does as one job: run its script, or what the control plane does by itself. */
export type BuildStep =
  | { readonly kind: 'script'; readonly job: PipelineJob }
  | { readonly kind: 'image' | 'deploy'; readonly job: PipelineJob };

/** What the control plane's own job is called. */
const IMAGE_JOB = 'container image';

/**
 * stepsOf puts the control plane in the place of container engines, which no job gets: it makes the image of the app,
 * at the end of the build where no job asks for that, and a job that would deploy with an engine only signals that the
 * app is to be deployed.
 */
export function stepsOf(
  { stages, jobs }: PipelinePlan,
  { hasDockerfile }: { readonly hasDockerfile: boolean },
): BuildStep[] {
  const steps = jobs.map((job): BuildStep => ({ kind: kindOf(job), job }));
  if (!hasDockerfile || steps.some(({ kind }) => kind === 'image')) return steps;
  const own = stages.includes('build') ? 'build' : (stages[0] ?? 'build');
  const at = steps.findIndex(({ job }) => stages.indexOf(job.stage) > stages.indexOf(own));
  const image: BuildStep = { kind: 'image', job: ownJob(own) };
  return at < 0 ? [...steps, image] : steps.toSpliced(at, 0, image);
}

function kindOf({ needsEngine, stage }: PipelineJob): BuildStep['kind'] {
  if (!needsEngine) return 'script';
  return stage === 'deploy' ? 'deploy' : 'image';
}

function ownJob(stage: string): PipelineJob {
  return {
    ...{ name: IMAGE_JOB, stage, needs: null, image: null },
    ...{ script: [], afterScript: [], variables: {} },
    ...{ when: 'on_success', mayFail: false, timeoutSeconds: 1800 },
    ...{ artifacts: null, needsEngine: false },
  };
}
