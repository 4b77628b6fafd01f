import { startCommand } from './command.ts';
import { freePort } from '../../e2e/harness/free-port.ts';
import { FAR_CORE, NEAR_CORE } from './native.ts';
import { startSshServer } from './ssh-server.ts';
import type { TunnelOptions, TunnelPath } from './tunnel-path.ts';
import { untilListening } from './until-listening.ts';

/** startReverseSsh is the peer of the tunnel: `ssh -R` to an OpenSSH server of its own, with its default cipher. */
export async function startReverseSsh({
  targetPort,
  via,
}: Omit<TunnelOptions, 'tls'>): Promise<TunnelPath> {
  const server = await startSshServer({ core: NEAR_CORE });
  const relay = await via?.(server.port);
  const port = await freePort();
  const forward = `127.0.0.1:${port}:127.0.0.1:${targetPort}`;
  const client = startCommand(
    [
      ...['ssh', ...(relay ? ['-p', String(relay.port)] : []), ...server.clientOptions],
      ...['-N', '-R', forward, '-o', 'ExitOnForwardFailure=yes', '127.0.0.1'],
    ],
    { core: FAR_CORE, quiet: true },
  );
  await untilListening(port);
  return {
    port,
    async stop() {
      await client.stop();
      await relay?.stop();
      await server.stop();
    },
  };
}
