import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { agentNodeFlags } from '@spt-flow/shared/agent-protocol/node-flags';
import { startCommand } from './command.ts';
import { FAR_CORE, NEAR_CORE, type Listener, WORKSPACE } from './native.ts';

/** TunnelPath carries what connects to its port to a port behind the tunnel. */
export interface TunnelPath {
  readonly port: number;
  stop(): Promise<void>;
}

export interface ProductTunnel extends TunnelPath {
  readonly agentPid: number;
}

export interface TunnelOptions {
  readonly targetPort: number;
  readonly tls?: boolean;
  /** Where other replicas ask for the agent. */
  readonly doorPort?: number;
  /** What runs the agent; by default Node.js, as the local provider does. */
  readonly agent?: readonly string[];
  /** Puts a relay between the two ends; it gets the port to relay to. */
  readonly via?: (port: number) => Promise<Listener>;
}

const GATEWAY = path.resolve('.cache/bench/peers/tunnel-gateway.js');
const SECOND_REPLICA = path.resolve('.cache/bench/peers/second-replica.js');
const AGENT = path.resolve('apps/agent/dist/agent.cjs');

/** startProductTunnel runs the control plane's end of a tunnel and a real agent that has joined it. */
export async function startProductTunnel(options: TunnelOptions): Promise<ProductTunnel> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-tunnel-'));
  const caFile = path.join(folder, 'ca.pem');
  const gateway = startCommand([process.execPath, GATEWAY, ...gatewayArgs(options, caFile)], {
    core: NEAR_CORE,
  });
  const agentPort = Number(await gateway.line());
  const port = Number(await gateway.line());
  const relay = await options.via?.(agentPort);
  const scheme = options.tls === true ? 'https' : 'http';
  const agent = startCommand(
    options.agent ?? [process.execPath, ...agentNodeFlags(process.versions.v8), AGENT],
    {
      core: FAR_CORE,
      env: {
        ...WORKSPACE,
        SPT_FLOW_AGENT_URL: `${scheme}://127.0.0.1:${relay?.port ?? agentPort}`,
        SPT_FLOW_AGENT_TOKEN: await gateway.line(),
        SPT_FLOW_AGENT_SERVER_KEY: await gateway.line(),
        SPT_FLOW_AGENT_STATE_DIR: path.join(folder, 'state'),
        SPT_FLOW_AGENT_PROJECT_DIR: folder,
        ...(options.tls === true ? { SPT_FLOW_AGENT_CA_FILE: caFile } : {}),
      },
    },
  );
  await gateway.line();
  return {
    port,
    agentPid: agent.pid,
    async stop() {
      await agent.stop();
      await relay?.stop();
      await gateway.stop();
      await rm(folder, { recursive: true });
    },
  };
}

function gatewayArgs({ targetPort, tls, doorPort }: TunnelOptions, caFile: string): string[] {
  return [
    String(targetPort),
    ...(tls === true ? ['--ca', caFile] : []),
    ...(doorPort === undefined ? [] : ['--door', String(doorPort)]),
  ];
}

/** startSecondReplica carries what connects to its port through the replica at the door, which holds the agent. */
export async function startSecondReplica(options: {
  readonly doorPort: number;
  readonly targetPort: number;
}): Promise<TunnelPath> {
  const argv = [SECOND_REPLICA, String(options.doorPort), String(options.targetPort)];
  const second = startCommand([process.execPath, ...argv], { core: NEAR_CORE });
  return { port: Number(await second.line()), stop: () => second.stop() };
}
