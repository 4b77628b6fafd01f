import path from 'node:path';
import { startCommand } from './command.ts';
import { FAR_CORE, NEAR_CORE } from './native.ts';
import type { TunnelPath } from './tunnel-path.ts';

const RELAY = path.resolve('.cache/bench/peers/tcp-relay.js');

/** startNodeRelays puts two hops through Node.js before a port, one on each core, as a tunnel has. */
export async function startNodeRelays(targetPort: number): Promise<TunnelPath> {
  const far = await startRelay(targetPort, FAR_CORE);
  const near = await startRelay(far.port, NEAR_CORE);
  return {
    port: near.port,
    async stop() {
      await near.stop();
      await far.stop();
    },
  };
}

async function startRelay(targetPort: number, core: number): Promise<TunnelPath> {
  const command = startCommand([process.execPath, RELAY, String(targetPort)], { core });
  return { port: Number(await command.line()), stop: () => command.stop() };
}
