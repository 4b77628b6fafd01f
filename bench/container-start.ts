import { once } from 'node:events';
import Docker from 'dockerode';
import { ensureBaseImage } from '../scripts/lib/base-image.mjs';
import { requireEngine } from '../scripts/lib/container-engine.mjs';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric } from './harness/metric.ts';
import { progress, runBench } from './harness/program.ts';
import { createProject, withSubject } from './harness/subject.ts';
import { openOwnEvents, startWorkspace } from './harness/workspace-start.ts';

const PAIRS = 12;
/** The engine works in processes of its own, which would count as somebody else's. */
const UNDISTURBED = {
  during: async <T>(work: () => Promise<T>) => ({ result: await work(), foreignShare: 0 }),
};

/** From the request to the agent being connected, against a container of the same image and its first byte. */
await runBench('container-start', async () => {
  const { socket } = await requireEngine();
  const image = await ensureBaseImage({ socket });
  const engine = new Docker({ socketPath: socket });
  const env = {
    DOCKER_HOST: `unix://${socket}`,
    SPT_FLOW_WORKSPACE_PROVIDER: 'docker',
    SPT_FLOW_WORKSPACE_IMAGE: image,
  };
  return withSubject(
    async (subject) => {
      const project = await createProject(subject, 'container start');
      const me = await openOwnEvents(subject);
      progress('Measuring');
      const pairs = await measurePairs(
        {
          product: () => startWorkspace(subject, project, me),
          peer: () => startBareContainer(engine, image),
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
    },
    { env },
  );
});

async function startBareContainer(engine: Docker, image: string): Promise<number> {
  const startedMs = performance.now();
  const container = await engine.createContainer({
    Image: image,
    Cmd: ['sh', '-c', 'echo up; sleep 60'],
  });
  const output = await container.attach({ stream: true, stdout: true });
  await container.start();
  await once(output, 'data');
  const elapsedMs = performance.now() - startedMs;
  await container.remove({ force: true });
  return elapsedMs;
}
