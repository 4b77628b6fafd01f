import { parseArgs } from 'node:util';
import { buildStack } from './lib/compose/stand-ins.mjs';
import { createStack } from './lib/compose/stack.mjs';
import { tryStack } from './lib/compose/trial.mjs';
import { ensureEngine } from './lib/container-engine.mjs';
import { endWith, Failure } from './lib/failure.mjs';
import { say } from './lib/progress.mjs';

/** Beside docker/compose.yaml only images and ports are other ones; see infra/images/stand-ins/README.md. */
await endWith(async () => {
  const { values } = parseArgs({ options: { 'ca-file': { type: 'string' } } });
  if (process.getuid?.() !== 0) throw new Failure('Only root can kill what containers run');
  const engine = await ensureEngine();
  if (!engine) throw new Failure('No container engine answers, and none can be started');
  process.env.DOCKER_HOST = `unix://${engine.socket}`;
  try {
    const stack = await createStack(await buildStack({ caFile: values['ca-file'] }));
    try {
      await tryStack(stack);
    } catch (error) {
      say(await stack.compose('ps', '--all'));
      say(await stack.compose('logs', '--tail', '40'));
      throw error;
    } finally {
      await stack.remove();
    }
    say('The stack works');
  } finally {
    await engine.stop();
  }
});
