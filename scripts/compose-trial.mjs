import { parseArgs } from 'node:util';
import { buildStack } from './lib/compose/stand-ins.mjs';
import { createStack } from './lib/compose/stack.mjs';
import { tryStack } from './lib/compose/trial.mjs';
import { ensureEngine } from './lib/container-engine.mjs';
import { endWith, Failure } from './lib/failure.mjs';
import { startPodman } from './lib/podman.mjs';
import { say } from './lib/progress.mjs';
import { inRoot } from './lib/root.mjs';

/** Beside docker/compose.yaml only images and ports are other ones; see infra/images/stand-ins/README.md. */
await endWith(async () => {
  const { values } = parseArgs({
    options: { 'ca-file': { type: 'string' }, podman: { type: 'boolean', default: false } },
  });
  if (process.getuid?.() !== 0) throw new Failure('Only root can kill what containers run');
  const engine = await openEngine(values);
  if (!engine) throw new Failure('No container engine answers, and none can be started');
  process.env.DOCKER_HOST = `unix://${engine.socket}`;
  try {
    await tryOn({ caFile: values['ca-file'], isCore: values.podman });
    say('The stack works');
  } finally {
    await engine.stop();
  }
});

/** An engine of our own keeps its images for the next trial; one of Podman is for this trial only. */
function openEngine({ podman }) {
  if (podman) return startPodman({ checksHealth: true });
  return ensureEngine({ dataRoot: inRoot('.cache/compose-engine') });
}

async function tryOn(choice) {
  const stack = await createStack(await buildStack(choice));
  try {
    // A trial that was killed left its own.
    await stack.end();
    await tryStack(stack);
  } catch (error) {
    say(await stack.compose('ps', '--all'));
    say(await stack.compose('logs', '--tail', '40'));
    throw error;
  } finally {
    await stack.remove();
  }
}
