import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pipelineFile } from '../../chat/providers/templates/pipeline-file.ts';
import { stepsOf } from '../build-steps.ts';
import { readPipelineFile } from './read-pipeline-file.ts';

const ON_MAIN = { CI_COMMIT_BRANCH: 'main', CI_COMMIT_SHORT_SHA: 'abc12345' };
const SECRETS = { CI_REGISTRY_PASSWORD: 'pass$word', DEPLOY_KEY: 'key' };
const JOB = 'job:\n  script: [make]\n';

function read(text: string, variables: Record<string, string> = ON_MAIN) {
  return readPipelineFile(text, { predefined: variables, secrets: SECRETS });
}

function jobs(count: number): string {
  return Array.from({ length: count }, (_, n) => `j${n}: {script: [x]}`).join('\n');
}

function job(text: string) {
  const [first] = read(text).jobs;
  if (!first) throw new Error('there is no job');
  return first;
}

describe('the pipeline file of apps that the chat builds', () => {
  const text = pipelineFile({ build: 'npm ci', test: 'npm test' }, 'docker.io/library/node:24');

  it('has one job in each of the four stages', () => {
    const { jobs, notes } = read(text);

    expect(jobs.map(({ name, stage }) => `${stage}/${name}`)).toEqual([
      'validate/validate',
      'build/build',
      'test/test',
      'deploy/deploy',
    ]);
    expect(jobs.map(({ needsEngine }) => needsEngine)).toEqual([false, false, false, true]);
    expect(jobs[2]).toMatchObject({ script: ['npm ci', 'npm test'], timeoutSeconds: 1800 });
    expect(notes).toEqual([]);
  });

  it('deploys the main branch only', () => {
    const { jobs } = read(text, { CI_COMMIT_BRANCH: 'try' });

    expect(jobs.map(({ name }) => name)).not.toContain('deploy');
  });
});

describe('the pipeline for production', () => {
  const text = readFileSync(
    new URL('../../../../../../docs/pipelines/secure-pipeline.yml', import.meta.url),
    'utf8',
  );

  it('builds here too, but for what its engine does, which spt-flow does itself', () => {
    const plan = read(text, { ...ON_MAIN, CI_REGISTRY_IMAGE: 'r/apps/a', CI_COMMIT_SHA: 'abc' });
    const steps = stepsOf(plan, { hasDockerfile: true });

    expect(steps.map(({ kind, job: { name } }) => `${name}: ${kind}`)).toEqual([
      'validate: script',
      'build-image: image',
      'scan: script',
      'sign: script',
      'production: script',
    ]);
    expect(steps.at(-1)?.job.variables).toMatchObject({ IMAGE: 'r/apps/a:abc' });
  });
});

describe('a pipeline file', () => {
  it('gives its jobs what they don’t say themselves, and lets values refer to others', () => {
    const text = `
variables: { VERSION: "24", TAG: "$VERSION-$CI_COMMIT_SHORT_SHA$$x", constructor: a }
default: { image: "node:\${VERSION}", before_script: [echo before], tags: [big] }
.shared: &shared { after_script: [echo after] }
job:
  <<: *shared
  variables: { VERSION: "22" }
  script: [[make a, make b], make c]
  artifacts: { paths: [out/], expire_in: 1 hour 30 minutes, when: always }
  tags: [big]
`;

    expect(job(text)).toMatchObject({
      image: 'node:22',
      script: ['echo before', 'make a', 'make b', 'make c'],
      afterScript: ['echo after'],
      variables: { VERSION: '22', TAG: '22-abc12345$x', CI_JOB_NAME: 'job' },
      artifacts: { paths: ['out/'], keepSeconds: 5400, when: 'always' },
    });
    expect(read(text).notes).toEqual(['"tags" is for GitLab and changes nothing here']);
  });

  it('may refer to secrets of the project, which win over what it says itself', () => {
    const text = `
variables: { TRIVY_PASSWORD: $CI_REGISTRY_PASSWORD, DEPLOY_KEY: mine, COPY: $DEPLOY_KEY }
job: { script: [x], rules: [{ if: '$DEPLOY_KEY == "key"' }] }
`;

    expect(job(text).variables).toMatchObject({ TRIVY_PASSWORD: 'pass$word', COPY: 'key' });
  });

  it('lets jobs say which ones they wait for', () => {
    const text = `
a: { stage: build, script: [x] }
b: { stage: build, script: [x], needs: [a] }
c: { script: [x], needs: [{ job: a, artifacts: false }, { job: gone, optional: true }] }
d: { script: [x], needs: [] }
`;

    expect(read(text).jobs.map(({ needs }) => needs)).toMatchObject([
      null,
      [{ job: 'a', hasArtifacts: true }],
      [{ job: 'a', hasArtifacts: false }],
      [],
    ]);
  });

  it.each([
    ['$CI_COMMIT_BRANCH == "main"', true],
    ["$CI_COMMIT_BRANCH != 'main'", false],
    ['$MISSING', false],
    ['$MISSING == null && $CI_COMMIT_BRANCH', true],
    ['$MISSING || $CI_COMMIT_BRANCH == "a || b" || $CI_COMMIT_BRANCH == "main"', true],
    ['$constructor', false],
  ])('has jobs by rules: %s', (condition, applies) => {
    const text = `${JOB}other:\n  script: [x]\n  rules:\n    - if: ${JSON.stringify(condition)}\n`;

    expect(read(text).jobs).toHaveLength(applies ? 2 : 1);
  });

  it.each([
    ['', ':1:1: the file is expected to be a map'],
    ['a: [', ':1:5: '],
    ['include: other.yml', ':1:1: "include" is not supported here'],
    [`${JOB}  retries: 2`, ':3:3: "retries" is not supported in a job here'],
    ['job: { stage: later, script: [x] }', ':1:8: the stage "later" of the job "job" is not one'],
    ['job: { stage: test }', ':1:1: the job "job" has no "script"'],
    ['job: { script: [{ a: b }] }', ':1:17: "script" of the job "job" is expected to be a text'],
    ['job: { script: ["a\\0b"] }', 'holds a zero character'],
    [`${JOB}  timeout: 3 hours`, ':3:3: "timeout" of the job "job" has to be a time of at most 60'],
    [`${JOB}  services: [postgres:18]`, 'the service "postgres:18" is not supported here'],
    [`${JOB}  artifacts: { paths: [../x] }`, 'the path "../x" is not inside of the project'],
    [`${JOB}  rules: [{ if: '$A =~ /(a+)+$/' }]`, 'this condition is not supported here'],
    [`${JOB}  variables: { __proto__: x }`, 'the variable "__proto__" can\'t have this name'],
    [`${JOB}  rules: [{ when: never }]`, 'no job of the file is part of this build'],
    ['a: &a { script: *a }', 'is expected to be a text'],
    [`${JOB}  timeout: 1 constructor`, 'has to be a time of at most 60'],
    [`${JOB}  artifacts: { paths: [x], expire_in: 1 constructor }`, 'has to be a time'],
    [`${JOB}image: { script: [x] }`, ':3:10: "script" is not supported in an image here'],
    [`${JOB}  needs: [gone]`, ':1:1: the job "job" needs "gone", which is not part of this build'],
    [
      `${JOB}  needs: [late]\nlate: { stage: deploy, script: [x] }`,
      'needs "late" of a later stage',
    ],
    [`${JOB}  needs: [other]\nother: { script: [x], needs: [job] }`, '"job" waits for itself'],
    [`${JOB}  needs: [job]`, '"job" waits for itself'],
  ])('with a mistake says where it is: %j', (text, problem) => {
    expect(() => read(text)).toThrow(problem);
  });

  it.each([
    ['many jobs', jobs(51)],
    ['very many jobs', jobs(10_000)],
    [
      'aliases that multiply',
      `a0: &a0 [x, x]\n${Array.from({ length: 40 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`).join('\n')}`,
    ],
    ['nesting', `job: ${'['.repeat(60_000)}`],
    ['a long script', `job: { script: [${'x'.repeat(70_000)}] }`],
    ['many variables', `job: { script: [x] }\nvariables: {${'a,'.repeat(30_000)}}`],
    [
      'variables that multiply',
      `${JOB}  variables: { A: ${'x'.repeat(20_000)}, B: ${'$A'.repeat(16_000)} }`,
    ],
    [
      'variables that add up',
      `${JOB}  variables: { A: ${'x'.repeat(20_000)}, ${Array.from({ length: 9 }, (_, n) => `B${n}: $A`).join(', ')} }`,
    ],
    [
      'an image of variables that multiply',
      `${JOB}  variables: { A: ${'x'.repeat(20_000)} }\n  image: ${'$A'.repeat(200)}`,
    ],
    [
      'nesting of aliases',
      `a: &a ${'['.repeat(2_000)}x${']'.repeat(2_000)}\njob: { script: ${'['.repeat(2_000)}*a${']'.repeat(2_000)} }`,
    ],
    ['a long duration', `${JOB}  timeout: ${'1h '.repeat(30_000)}`],
  ])('that is meant to harm is refused: %s', (_case, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'pipeline_invalid' }));
  });
});
