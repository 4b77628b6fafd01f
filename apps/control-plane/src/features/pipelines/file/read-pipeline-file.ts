import {
  isLocatedMap,
  parseLocated,
  type Located,
  type LocatedMap,
} from '../../../lib/located-yaml.ts';
import { invalid, mapIn, quoted, refuseUnknown, textsIn } from './invalid-pipeline.ts';
import { withNeeds } from './needs.ts';
import type { PipelineJob, PipelinePlan } from './pipeline-job.ts';
import {
  DEFAULT_KEYWORDS,
  IGNORED_KEYWORDS,
  imageNameIn,
  readJob,
  type JobSurroundings,
} from './read-job.ts';
import { variablesIn, type Known } from './variables.ts';

export const PIPELINE_FILE = '.gitlab-ci.yml';
/** Reading it takes the time of everybody. */
export const MAX_PIPELINE_FILE_BYTES = 64 * 1024;

const START = { file: PIPELINE_FILE, line: 1, column: 1 };
const DEFAULT_STAGES = ['validate', 'build', 'test', 'deploy'];
const MAX_STAGES = 20;
const MAX_JOBS = 50;
const MAX_NAME_CHARACTERS = 255;
const MAX_STAGE_CHARACTERS = 63;
const TOP_KEYWORDS = new Set(['stages', 'variables', 'default']);
/** Of GitLab's top level, and not supported: a job can't have these names. */
const UNSUPPORTED = new Set(['include', 'workflow', 'spec', 'pages', 'types']);

/**
 * readPipelineFile reads the part of GitLab's language that builds understand here; AppError `pipeline_invalid` says
 * where it is left.
 */
export function readPipelineFile(text: string, known: Known): PipelinePlan {
  if (Buffer.byteLength(text) > MAX_PIPELINE_FILE_BYTES)
    throw invalid(START, `it is longer than ${MAX_PIPELINE_FILE_BYTES} bytes`);
  try {
    return planOf(parseLocated(PIPELINE_FILE, text, invalid), known);
  } catch (error) {
    // Nesting beyond what a call stack holds is nothing that a person writes.
    if (!(error instanceof RangeError)) throw error;
    throw invalid(START, 'it is nested too deeply');
  }
}

function planOf(root: Located, known: Known): PipelinePlan {
  const map = mapIn({ located: root, what: 'the file' });
  for (const [name, { place }] of map)
    if (UNSUPPORTED.has(name))
      throw invalid(place, `${quoted(name)} is not supported here: see the guide of builds`);
  const stages = stagesIn(map.get('stages'));
  const variables = map.get('variables');
  const around: JobSurroundings = {
    ...{ stages, known, defaults: defaultsIn(map) },
    variables: variables ? variablesIn({ located: variables, what: '"variables"' }) : {},
  };
  const entries = [...map].filter(([name]) => isJob(name));
  const first = entries[MAX_JOBS]?.[1];
  if (first) throw invalid(first.place, `there are more than ${MAX_JOBS} jobs`);
  const jobs = entries.flatMap(([name, located]) => jobsOf(name, located, around));
  if (jobs.length === 0)
    throw invalid(root.place, 'no job of the file is part of this build: look at their rules');
  const inOrder = stages.flatMap((stage) => jobs.filter((job) => job.stage === stage));
  return {
    stages,
    jobs: withNeeds(inOrder, ({ name }) => map.get(name)?.place ?? root.place),
    notes: notesOf(entries),
  };
}

function isJob(name: string): boolean {
  return !name.startsWith('.') && !TOP_KEYWORDS.has(name) && !DEFAULT_KEYWORDS.has(name);
}

function jobsOf(name: string, located: Located, around: JobSurroundings): PipelineJob[] {
  if (name === '' || name.length > MAX_NAME_CHARACTERS || /\p{C}/u.test(name))
    throw invalid(located.place, `${quoted(name)} is no name for a job`);
  const job = readJob(name, located, around);
  return job ? [job] : [];
}

function stagesIn(located: Located | undefined): readonly string[] {
  if (!located) return DEFAULT_STAGES;
  const stages = textsIn({ located, what: '"stages"' });
  if (stages.length > MAX_STAGES)
    throw invalid(located.place, `there are more than ${MAX_STAGES} stages`);
  for (const stage of stages)
    if (!/^[\w .-]+$/.test(stage) || stage.length > MAX_STAGE_CHARACTERS)
      throw invalid(located.place, `${quoted(stage)} is no name for a stage`);
  return [...new Set(stages)];
}

/** What is said at the top counts for all jobs as well, as it did before `default` was there. */
function defaultsIn(map: LocatedMap): LocatedMap {
  const located = map.get('default');
  const image = map.get('image');
  // A job can't be called so, and would go unnoticed.
  if (image) imageNameIn({ located: image, what: '"image"' });
  const top = [...map].filter(([name]) => DEFAULT_KEYWORDS.has(name));
  if (!located) return new Map(top);
  const defaults = mapIn({ located, what: '"default"' });
  refuseUnknown(defaults, new Set([...DEFAULT_KEYWORDS, ...IGNORED_KEYWORDS]), 'in "default"');
  return new Map([...top, ...defaults]);
}

function notesOf(entries: readonly (readonly [string, Located])[]): string[] {
  const ignored = new Set(
    entries.flatMap(([, { value }]) =>
      isLocatedMap(value) ? [...value.keys()].filter((key) => IGNORED_KEYWORDS.has(key)) : [],
    ),
  );
  return [...ignored].map((key) => `"${key}" is for GitLab and changes nothing here`);
}
