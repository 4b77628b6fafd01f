import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import Docker from 'dockerode';
import type { DatabaseConnection } from '@spt-flow/db/client';
import { createCertificate } from '@spt-flow/tunnel/testing/certificate';
import { ensureBaseImage } from '../../../../scripts/lib/base-image.mjs';
import { requireEngine } from '../../../../scripts/lib/container-engine.mjs';
import {
  createHostConnection,
  createHostProvider,
  createHosts,
  type DockerProvider,
} from '../../src/features/providers/index.ts';
import { builtExecutables } from '../workspaces/agent-bundle.ts';
import { newServerMachine, type ServerMachine } from '../workspaces/server-machine.ts';
import { newDataDirectory } from '../workspaces/workspaces-server.ts';
import { startServersStage, type ServersStage } from './servers-stage.ts';

/** HostsStage lets machines join whose agents may use the real engine of this one, through their tunnels alone. */
export interface HostsStage extends ServersStage {
  readonly engine: Docker;
  /** Where containers dial. */
  readonly doorUrl: string;
  /** Its owner has agreed to host containers, unless told. */
  newMachine(owner?: { agrees: boolean }): Promise<ServerMachine>;
  /** As of a control plane that begins anew. */
  successor(hostId: string, onEnded: (workspaceId: string, cause: string) => void): DockerProvider;
}

export async function startHostsStage(database: DatabaseConnection): Promise<HostsStage> {
  const { socket } = await requireEngine();
  const engine = new Docker({ socketPath: socket });
  const image = await ensureBaseImage({ socket });
  const agentDirectory = await builtExecutables();
  const gateway = await gatewayOf(engine);
  const certificate = createCertificate(gateway.split('.').map(Number));
  const door = createServer(certificate);
  door.listen(0, gateway);
  await once(door, 'listening');
  const { port } = door.address() as AddressInfo;
  const url = `https://${gateway}:${port}`;
  const installationId = randomUUID();
  const machines: ServerMachine[] = [];
  const folder = await newDataDirectory();
  const caFile = path.join(folder.path, 'ca.pem');
  await writeFile(caFile, certificate.cert);
  let open: HostsStage['successor'] | undefined;
  const stage = await startServersStage(database, (agentsServer, workspaces) => {
    door.on('upgrade', agentsServer.routeUpgrade);
    agentsServer.addUrl(url);
    open = (hostId, onEnded) =>
      createHostProvider({
        ...createHostConnection(agentsServer.agents.hub, hostId),
        installationId: `${installationId}.${hostId}`,
        ...{ defaultImage: image, agentDirectory, caps: {}, onEnded },
        link: { url, channelBinding: 'none' },
      });
    const make = open;
    return createHosts((hostId) => make(hostId, (...end) => workspaces().ended(...end)));
  });
  return {
    ...{ ...stage, engine, doorUrl: url },
    successor: (...input) => {
      if (!open) throw new Error('The stage is not open');
      return open(...input);
    },
    async newMachine({ agrees } = { agrees: true }) {
      const machine = await newServerMachine({
        ...(agrees && { SPT_FLOW_AGENT_HOST_CONTAINERS: socket }),
        SPT_FLOW_AGENT_CA_FILE: caFile,
      });
      machines.push(machine);
      return machine;
    },
    async close() {
      for (const machine of machines) await machine.remove();
      await stage.close();
      door.closeAllConnections();
      door.close();
      await rm(folder.path, { recursive: true });
    },
  };
}

/** This machine's address that containers of all networks reach. */
async function gatewayOf(engine: Docker): Promise<string> {
  const { IPAM: ipam } = await engine.getNetwork('bridge').inspect();
  const gateway: unknown = ipam?.Config?.[0]?.Gateway;
  if (typeof gateway !== 'string') throw new Error('The engine has no bridge');
  return gateway;
}
