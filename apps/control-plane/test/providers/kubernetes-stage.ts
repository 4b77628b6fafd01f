import { randomUUID } from 'node:crypto';
import { createServer } from 'node:https';
import { createCertificate } from '@spt-flow/tunnel/testing/certificate';
import {
  createKubernetesProvider,
  type KubernetesProvider,
} from '../../src/features/providers/index.ts';
import type { AgentsServer } from '../agents/agents-server.ts';
import { AGENT_IMAGE, BASE_IMAGE, NAMESPACE, type ClusterStage } from './kubernetes-cluster.ts';
import { portOf } from '../support/ports.ts';

type Options = Parameters<typeof createKubernetesProvider>[0];

/** KubernetesStage is a provider with an installation of its own in a cluster, and the door that its agents come in by. */
export interface KubernetesStage {
  readonly provider: KubernetesProvider;
  readonly installationId: string;
  /** What it said of workspaces that it found running. */
  readonly ended: { readonly workspaceId: string; readonly cause: string }[];
  /** As after the control plane was killed. */
  successor(change?: Partial<Options>): KubernetesProvider;
  pod(workspaceId: string): string;
  /** Runs a shell command in the workspace, without its agent. */
  exec(workspaceId: string, command: string): Promise<string>;
  close(): Promise<void>;
}

type AgentDoor = Pick<AgentsServer, 'routeUpgrade' | 'addUrl'>;

export async function newKubernetesStage(
  cluster: ClusterStage,
  { agents, ...change }: { agents: AgentDoor } & Partial<Options>,
): Promise<KubernetesStage> {
  const { gateway } = cluster.node;
  const certificate = createCertificate(gateway.split('.').map(Number));
  const door = createServer(certificate).on('upgrade', agents.routeUpgrade);
  door.listen(0, gateway);
  const port = await portOf(door);
  const url = `https://${gateway}:${port}`;
  agents.addUrl(url);
  const installationId = randomUUID();
  const ended: KubernetesStage['ended'] = [];
  const options: Options = {
    ...{ installationId, defaultImage: BASE_IMAGE, caps: {} },
    access: {
      kubeconfig: cluster.environmentOf('provider').KUBECONFIG,
      ...{ context: null, environment: {} },
    },
    link: { url, channelBinding: 'inner-kx', ca: certificate.cert },
    settings: SETTINGS,
    onEnded: (workspaceId, cause) => void ended.push({ workspaceId, cause }),
    ...change,
  };
  const provider = createKubernetesProvider(options);
  const pod = (workspaceId: string) => `spt-flow-${workspaceId}-0`;
  return {
    ...{ provider, installationId, ended, pod },
    successor: (next) => createKubernetesProvider({ ...options, ...next }),
    exec: (workspaceId, command) =>
      cluster.admin('exec', pod(workspaceId), '--', '/bin/sh', '-c', command),
    async close() {
      for (const workspaceId of (await provider.present?.())?.keys() ?? [])
        await provider.delete(workspaceId);
      await provider.reap();
      door.closeAllConnections();
      door.close();
    },
  };
}

export const SETTINGS: Options['settings'] = {
  ...{ namespace: NAMESPACE, agentImage: AGENT_IMAGE, home: '/home/node', uid: 1000, gid: 1000 },
  ...{ storageClass: null, runtimeClass: null, entranceNamespace: null },
  ...{ nodeSelector: {}, tolerations: [], imagePullSecrets: [] },
};
