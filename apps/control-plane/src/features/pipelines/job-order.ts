import type { BuildStep } from './build-steps.ts';
import type { PipelineJob } from './file/pipeline-job.ts';

/** Standing is how far a job is for those that come after it; a failure that may be has `passed`. */
export type Standing = 'waiting' | 'running' | 'passed' | 'failed' | 'left out';

/** Move is what is to be done about a job that waits. */
export type Move = 'wait' | 'run' | { readonly leaveOutFor: string };

/** jobsBefore are the positions of those that a job comes after: what it needs, or all of the stages before. */
function jobsBefore(steps: readonly BuildStep[], { needs, stage }: PipelineJob): number[] {
  if (needs) return needs.map((need) => steps.findIndex(({ job }) => job.name === need.job));
  return [...steps.keys()].slice(
    0,
    steps.findIndex(({ job }) => job.stage === stage),
  );
}

/**
 * moveOf is GitLab's order: the jobs of a stage run beside each other once the stages before are over, one with `needs`
 * as soon as those are over, and one after a failure only where it says so.
 */
export function moveOf(
  steps: readonly BuildStep[],
  standings: readonly Standing[],
  job: PipelineJob,
): Move {
  if (job.when === 'manual')
    return { leaveOutFor: 'It is started by hand in GitLab, and left out here' };
  const before = jobsBefore(steps, job);
  const is = (standing: Standing) => before.some((position) => standings[position] === standing);
  if (is('waiting') || is('running')) return 'wait';
  if (job.when === 'always') return 'run';
  if (job.when === 'on_failure')
    return is('failed') ? 'run' : { leaveOutFor: 'It runs only when something failed' };
  if (is('failed')) return { leaveOutFor: 'Something before it failed' };
  if (job.needs && is('left out')) return { leaveOutFor: 'Something that it needs was not run' };
  return 'run';
}

/** artifactsFor are the positions of those whose artifacts a job finds, of those that have some. */
export function artifactsFor(
  steps: readonly BuildStep[],
  job: PipelineJob,
  withArtifacts: ReadonlySet<number>,
): number[] {
  const unwanted = new Set(job.needs?.filter((need) => !need.hasArtifacts).map((need) => need.job));
  return jobsBefore(steps, job)
    .filter((at) => withArtifacts.has(at) && !unwanted.has(steps[at]?.job.name ?? ''))
    .toSorted((a, b) => a - b);
}
