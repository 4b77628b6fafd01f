import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startEngine } from '../../scripts/lib/container-engine.mjs';
import type { End } from './ends.ts';

const run = promisify(execFile);
const BRIDGE = 'spt-flow-pulls';

/** startEmptyEngine runs a second engine, to pull into; it leaves the networks of the first alone. */
export async function startEmptyEngine(): Promise<End & { readonly socket: string }> {
  await run('ip', ['link', 'add', 'name', BRIDGE, 'type', 'bridge']);
  const removeBridge = () => run('ip', ['link', 'delete', BRIDGE]);
  try {
    const engine = await startEngine({ bridge: BRIDGE });
    return {
      socket: engine.socket,
      async stop() {
        await engine.stop();
        await removeBridge();
      },
    };
  } catch (error) {
    await removeBridge();
    throw error;
  }
}
