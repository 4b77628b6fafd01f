import { startBareContainer } from './harness/bare-container.ts';
import { UNDISTURBED, withEngineSubject } from './harness/engine-subject.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric } from './harness/metric.ts';
import { progress, runBench } from './harness/program.ts';
import { createProject } from './harness/subject.ts';
import { openOwnEvents, startWorkspace } from './harness/workspace-start.ts';

const PAIRS = 12;

/** From the request to the agent being connected, against a container of the same image and its first byte. */
await runBench('container-start', () =>
  withEngineSubject(async (subject) => {
    const project = await createProject(subject, 'container start');
    const me = await openOwnEvents(subject);
    progress('Measuring');
    const pairs = await measurePairs(
      {
        product: () => startWorkspace(subject, project, me),
        peer: () => startBareContainer(subject.engine, subject.image),
      },
      { pairs: PAIRS, disturbance: UNDISTURBED },
    );
    me.close();
    return [
      toMetric(pairs, {
        metric: 'request-to-agent-ready',
        unit: 'ms',
        peer: 'Engine API create, start, first byte',
        goal: { of: 'ratio', atMost: 1.3 },
      }),
    ];
  }),
);
