import { isList, isLocatedMap, type Place } from '../../../lib/located-yaml.ts';
import {
  booleanIn,
  invalid,
  quoted,
  refuseUnknown,
  textIn,
  type Named,
} from './invalid-pipeline.ts';
import type { Need, PipelineJob } from './pipeline-job.ts';

const MAX_NEEDS = 50;
const KEYWORDS = new Set(['job', 'artifacts', 'optional']);

/** needsIn reads `[name]`, or `[{ job, artifacts, optional }]`. */
export function needsIn({ located: { value, place }, what }: Named): readonly Need[] {
  if (!isList(value)) throw invalid(place, `${what} is expected to be a list of jobs`);
  if (value.length > MAX_NEEDS) throw invalid(place, `${what} has more than ${MAX_NEEDS} entries`);
  return value.map((item) => {
    if (!isLocatedMap(item.value))
      return { job: textIn({ located: item, what }), hasArtifacts: true, isOptional: false };
    refuseUnknown(item.value, KEYWORDS, 'in "needs"');
    const job = item.value.get('job');
    if (!job) throw invalid(item.place, `${what} has an entry without "job"`);
    const artifacts = item.value.get('artifacts');
    const optional = item.value.get('optional');
    return {
      job: textIn({ located: job, what }),
      hasArtifacts: artifacts ? booleanIn({ located: artifacts, what: '"artifacts"' }) : true,
      isOptional: optional ? booleanIn({ located: optional, what: '"optional"' }) : false,
    };
  });
}

/** withNeeds leaves out what is optional and not there; throws for needs that could never be met. */
export function withNeeds(
  jobs: readonly PipelineJob[],
  placeOf: (job: PipelineJob) => Place,
): PipelineJob[] {
  const positions = new Map(jobs.map(({ name }, position) => [name, position]));
  const checked = jobs.map((job) => ({
    ...job,
    needs: job.needs && job.needs.filter((need) => isThere(need, job)),
  }));
  assertNoCircle(checked, placeOf);
  return checked;

  function isThere({ job: name, isOptional }: Need, job: PipelineJob): boolean {
    const needed = jobs[positions.get(name) ?? -1];
    if (!needed && isOptional) return false;
    const place = placeOf(job);
    if (!needed)
      throw invalid(
        place,
        `the job ${quoted(job.name)} needs ${quoted(name)}, which is not part of this build: set "optional" if it may be missing`,
      );
    const isLater = jobs.findIndex(({ stage }) => stage === needed.stage);
    if (isLater > jobs.indexOf(job))
      throw invalid(place, `the job ${quoted(job.name)} needs ${quoted(name)} of a later stage`);
    return true;
  }
}

/** Takes away what needs nothing that is left, until nothing changes: what is left waits for itself. */
function assertNoCircle(jobs: readonly PipelineJob[], placeOf: (job: PipelineJob) => Place): void {
  let left = [...jobs];
  for (;;) {
    const names = new Set(left.map(({ name }) => name));
    const next = left.filter(({ needs }) => needs?.some(({ job }) => names.has(job)));
    const [first] = next;
    if (!first) return;
    if (next.length === left.length)
      throw invalid(
        placeOf(first),
        `the job ${quoted(first.name)} waits for itself by its "needs"`,
      );
    left = next;
  }
}
