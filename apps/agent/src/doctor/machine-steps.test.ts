import { expect, it } from 'vitest';
import { machineSteps } from './machine-steps.ts';
import { runSteps } from './step.ts';

it('a file system without room fails the step of the disk', async () => {
  // procfs never has a free block.
  const steps = machineSteps({
    stateDirectory: () => '/proc',
    isJoined: () => false,
    path: '',
    tryLock: () => true,
  });

  const results = await runSteps(steps, () => undefined);

  expect(results.find(({ step }) => step === 'disk')).toMatchObject({
    result: 'failed',
    detail: 'Only 0 MiB are free at /proc',
    remedy: expect.stringContaining('df -h'),
  });
});
