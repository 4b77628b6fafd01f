import { describe, expect, it } from 'vitest';
import { stepsOf, type BuildStep } from './build-steps.ts';
import { readPipelineFile } from './file/read-pipeline-file.ts';
import { artifactsFor, moveOf, type Standing } from './job-order.ts';

function stepsIn(...jobs: string[]): BuildStep[] {
  const plan = readPipelineFile(jobs.join('\n'), { predefined: {}, secrets: {} });
  return stepsOf(plan, { hasDockerfile: false });
}

/** What is to be done about each job that waits. */
function moves(steps: readonly BuildStep[], ...standings: Standing[]): unknown[] {
  return steps
    .filter((_step, position) => standings[position] === 'waiting')
    .map(({ job }) => moveOf(steps, standings, job));
}

describe('the order of jobs', () => {
  const stages = stepsIn(
    'lint: { stage: build, script: [x] }',
    'make: { stage: build, script: [x] }',
    'unit: { stage: test, script: [x] }',
    'clean: { stage: deploy, script: [x], when: always }',
    'tell: { stage: deploy, script: [x], when: on_failure }',
  );

  it('is that of the stages, whose jobs run beside each other', () => {
    expect(moves(stages, 'waiting', 'waiting', 'waiting', 'waiting', 'waiting')).toEqual([
      ...['run', 'run', 'wait', 'wait', 'wait'],
    ]);
    expect(moves(stages, 'passed', 'running', 'waiting', 'waiting', 'waiting')).toEqual([
      ...['wait', 'wait', 'wait'],
    ]);
    expect(moves(stages, 'passed', 'passed', 'waiting', 'waiting', 'waiting')).toEqual([
      ...['run', 'wait', 'wait'],
    ]);
  });

  it('goes on after a failure within its stage only, and where jobs say so', () => {
    expect(moves(stages, 'failed', 'waiting', 'waiting', 'waiting', 'waiting')[0]).toBe('run');
    expect(moves(stages, 'failed', 'passed', 'waiting', 'left out', 'left out')).toEqual([
      { leaveOutFor: 'Something before it failed' },
    ]);
    expect(moves(stages, 'failed', 'passed', 'left out', 'waiting', 'waiting')).toEqual([
      ...['run', 'run'],
    ]);
    expect(moves(stages, 'passed', 'passed', 'passed', 'waiting', 'waiting')).toEqual([
      'run',
      { leaveOutFor: 'It runs only when something failed' },
    ]);
  });

  it('is that of their needs where they have some, whatever became of the others', () => {
    const steps = stepsIn(
      'a: { stage: build, script: [x] }',
      'b: { stage: build, script: [x], when: manual }',
      'c: { stage: test, script: [x], needs: [a] }',
      'd: { stage: deploy, script: [x], needs: [] }',
      'e: { stage: deploy, script: [x], needs: [b] }',
    );

    expect(moves(steps, 'passed', 'running', 'waiting', 'waiting', 'waiting')).toEqual([
      ...['run', 'run', 'wait'],
    ]);
    expect(moves(steps, 'failed', 'left out', 'waiting', 'waiting', 'waiting')).toEqual([
      { leaveOutFor: 'Something before it failed' },
      'run',
      { leaveOutFor: 'Something that it needs was not run' },
    ]);
  });

  it('hands on the artifacts of what came before, or of what is needed', () => {
    const steps = stepsIn(
      'a: { stage: build, script: [x] }',
      'b: { stage: build, script: [x] }',
      'c: { stage: test, script: [x] }',
      'd: { stage: test, script: [x], needs: [b, { job: a, artifacts: false }] }',
    );
    const found = steps.map(({ job }) => artifactsFor(steps, job, new Set([0, 1, 2])));

    expect(found).toEqual([[], [], [0, 1], [1]]);
  });
});
