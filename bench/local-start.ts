import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric } from './harness/metric.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { createProject, withSubject } from './harness/subject.ts';
import { openOwnEvents, startWorkspace } from './harness/workspace-start.ts';

const PAIRS = 12;

/** From the request to the agent being connected, against the start of a bare Node process, fork included. */
await runBench('local-start', () =>
  withSubject(async (subject) => {
    const project = await createProject(subject, 'local start');
    const me = await openOwnEvents(subject);
    progress('Measuring');
    const pairs = await measurePairs(
      { product: () => startWorkspace(subject, project, me), peer: startBareNode },
      { pairs: PAIRS, disturbance: createDisturbance({ orphans: true }) },
    );
    me.close();
    return [
      toMetric(pairs, {
        metric: 'request-to-agent-ready',
        unit: 'ms',
        peer: 'node -e ""',
        goal: { of: 'ratio', atMost: 5 },
      }),
    ];
  }),
);

async function startBareNode(): Promise<number> {
  const startedMs = performance.now();
  await once(spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }), 'exit');
  return performance.now() - startedMs;
}
