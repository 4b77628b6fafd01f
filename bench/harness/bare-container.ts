import { once } from 'node:events';
import type Docker from 'dockerode';

/** startBareContainer returns the milliseconds that the engine alone needs from the request to the first byte. */
export async function startBareContainer(engine: Docker, image: string): Promise<number> {
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
