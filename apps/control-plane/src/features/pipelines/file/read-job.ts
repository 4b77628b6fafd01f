import { isList, isLocatedMap, type Located, type LocatedMap } from '../../../lib/located-yaml.ts';
import { secondsOf } from './durations.ts';
import {
  booleanIn,
  invalid,
  mapIn,
  oneOf,
  quoted,
  refuseUnknown,
  textIn,
  textsIn,
  type Named,
} from './invalid-pipeline.ts';
import { needsIn } from './needs.ts';
import { WHEN, type JobArtifacts, type PipelineJob } from './pipeline-job.ts';
import { rulingOf } from './rules.ts';
import { expand, expandAll, variablesIn, type Known, type Variables } from './variables.ts';

const DEFAULT_TIMEOUT_SECONDS = 30 * 60;
const MAX_TIMEOUT_SECONDS = 60 * 60;
const MAX_SCRIPT_CHARACTERS = 64 * 1024;
const MAX_PATHS = 100;
const MAX_IMAGE_CHARACTERS = 512;
const DEFAULT_KEEP_SECONDS = 7 * 86_400;
const MAX_KEEP_SECONDS = 30 * 86_400;

/** What jobs take from `default`, or from the top of the file. */
export const DEFAULT_KEYWORDS = new Set([
  'image',
  'before_script',
  'after_script',
  'services',
  'timeout',
  'artifacts',
]);
/** For GitLab's own machines and pages. */
export const IGNORED_KEYWORDS = new Set([
  'tags',
  'interruptible',
  'cache',
  'environment',
  'coverage',
  'retry',
]);
const JOB_KEYWORDS = new Set([
  ...DEFAULT_KEYWORDS,
  ...IGNORED_KEYWORDS,
  'stage',
  'script',
  'variables',
  'needs',
  'rules',
  'when',
  'allow_failure',
]);

export interface JobSurroundings {
  readonly defaults: LocatedMap;
  readonly stages: readonly string[];
  /** Of the file. */
  readonly variables: Variables;
  readonly known: Known;
}

/** readJob reads one job; undefined: by its rules it is not part of this build. */
export function readJob(
  name: string,
  located: Located,
  around: JobSurroundings,
): PipelineJob | undefined {
  const map = mapIn({ located, what: `the job ${quoted(name)}` });
  refuseUnknown(map, JOB_KEYWORDS, 'in a job');
  const read = (key: string): Named | undefined => {
    const found = map.get(key) ?? around.defaults.get(key);
    return found && { located: found, what: `"${key}" of the job ${quoted(name)}` };
  };
  const { stage, variables, script } = requiredOf(name, { map, located, around, read });
  const { secrets } = around.known;
  const predefined = { ...around.known.predefined, CI_JOB_NAME: name, CI_JOB_STAGE: stage };
  const known = { ...predefined, ...variables, ...secrets };
  const when = read('when');
  const said = when ? oneOf(when, WHEN) : 'on_success';
  const rules = read('rules');
  const ruling = rules ? rulingOf(rules, { variables: known, when: said }) : { when: said };
  if (!ruling || ruling.when === 'never') return undefined;
  const mayFail = read('allow_failure');
  const afterScript = read('after_script');
  const image = read('image');
  const needs = read('needs');
  const expanded = expandAll(variables, { predefined, secrets }, (variable) =>
    invalid(located.place, `the variable ${quoted(variable)} becomes too long`),
  );
  return {
    ...{ name, stage, script, when: ruling.when },
    needs: needs ? needsIn(needs) : null,
    variables: { ...predefined, ...expanded },
    image: image ? imageIn(image, known) || null : null,
    afterScript: afterScript ? commandsIn(afterScript) : [],
    mayFail:
      ('mayFail' in ruling ? ruling.mayFail : undefined) ?? (mayFail ? booleanIn(mayFail) : false),
    timeoutSeconds: timeoutIn(read('timeout')),
    artifacts: artifactsIn(read('artifacts')),
    needsEngine: servicesIn(read('services')),
  };
}

interface Reading {
  readonly map: LocatedMap;
  readonly located: Located;
  readonly around: JobSurroundings;
  readonly read: (key: string) => Named | undefined;
}

function requiredOf(name: string, { map, located, around, read }: Reading) {
  const stageIn = read('stage');
  const stage = stageIn ? textIn(stageIn) : 'test';
  if (!around.stages.includes(stage))
    throw invalid(
      stageIn?.located.place ?? located.place,
      `the stage ${quoted(stage)} of the job ${quoted(name)} is not one of "stages"`,
    );
  const script = map.get('script');
  if (!script) throw invalid(located.place, `the job ${quoted(name)} has no "script"`);
  const before = read('before_script');
  const commands = [
    ...(before ? commandsIn(before) : []),
    ...commandsIn({ located: script, what: `"script" of the job ${quoted(name)}` }),
  ];
  const own = read('variables');
  const variables = { ...around.variables, ...(own && variablesIn(own)) };
  return { stage, variables, script: commands };
}

function commandsIn(named: Named): string[] {
  const commands = textsIn(named);
  if (commands.length === 0) throw invalid(named.located.place, `${named.what} is empty`);
  if (commands.join('').length > MAX_SCRIPT_CHARACTERS)
    throw invalid(
      named.located.place,
      `${named.what} is longer than ${MAX_SCRIPT_CHARACTERS} characters`,
    );
  return commands;
}

const IMAGE_KEYWORDS = new Set(['name', 'alias', 'entrypoint', 'pull_policy']);

/** imageNameIn is where the name of an image stands: as it is, or as `name` of a map. */
export function imageNameIn({ located, what }: Named): Located {
  if (!isLocatedMap(located.value)) return located;
  refuseUnknown(located.value, IMAGE_KEYWORDS, 'in an image');
  const name = located.value.get('name');
  if (!name) throw invalid(located.place, `${what} has no "name"`);
  return name;
}

function imageIn({ located, what }: Named, variables: Variables): string {
  const name = imageNameIn({ located, what });
  const text = expand(textIn({ located: name, what }), variables);
  if (text === undefined || text.length > MAX_IMAGE_CHARACTERS || /\s/.test(text))
    throw invalid(name.place, `${what} is no name of an image`);
  return text;
}

function timeoutIn(named: Named | undefined): number {
  if (!named) return DEFAULT_TIMEOUT_SECONDS;
  const seconds = secondsOf(textIn(named));
  if (seconds === undefined || seconds < 1 || seconds > MAX_TIMEOUT_SECONDS)
    throw invalid(
      named.located.place,
      `${named.what} has to be a time of at most ${MAX_TIMEOUT_SECONDS / 60} minutes, e.g. "10 minutes"`,
    );
  return seconds;
}

const ARTIFACT_KEYWORDS = new Set(['paths', 'when', 'expire_in', 'name', 'expose_as']);

function artifactsIn(named: Named | undefined): JobArtifacts | null {
  if (!named) return null;
  const map = mapIn(named);
  refuseUnknown(map, ARTIFACT_KEYWORDS, 'in "artifacts"');
  const paths = map.get('paths');
  if (!paths) throw invalid(named.located.place, `${named.what} has no "paths"`);
  const patterns = textsIn({ located: paths, what: '"paths"' });
  if (patterns.length > MAX_PATHS)
    throw invalid(paths.place, `"paths" has more than ${MAX_PATHS} entries`);
  for (const pattern of patterns)
    if (pattern === '' || pattern.startsWith('/') || pattern.split('/').includes('..'))
      throw invalid(paths.place, `the path ${quoted(pattern)} is not inside of the project`);
  const when = map.get('when');
  return {
    paths: patterns,
    when: when
      ? oneOf({ located: when, what: '"when"' }, ['on_success', 'on_failure', 'always'])
      : 'on_success',
    keepSeconds: keepIn(map.get('expire_in')),
  };
}

function keepIn(located: Located | undefined): number {
  if (!located) return DEFAULT_KEEP_SECONDS;
  const text = textIn({ located, what: '"expire_in"' });
  const seconds = text === 'never' ? MAX_KEEP_SECONDS : secondsOf(text);
  if (seconds === undefined || seconds < 1)
    throw invalid(located.place, '"expire_in" has to be a time, e.g. "1 week"');
  return Math.min(seconds, MAX_KEEP_SECONDS);
}

/** True: a container engine is wanted beside the job. There are no others. */
function servicesIn(named: Named | undefined): boolean {
  if (!named) return false;
  const { value, place } = named.located;
  if (!isList(value)) throw invalid(place, `${named.what} is expected to be a list`);
  for (const located of value) {
    const name = imageIn({ located, what: named.what }, {});
    if (!/^(?:[\w.:-]+\/)*docker:[\w.-]*dind[\w.-]*$/.test(name))
      throw invalid(located.place, `the service ${quoted(name)} is not supported here`);
  }
  return value.length > 0;
}
