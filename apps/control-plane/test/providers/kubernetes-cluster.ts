import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import * as z from 'zod';
import { baseImageArchive } from '../../../../scripts/lib/base-image.mjs';
import {
  startCluster,
  until,
  type Cluster,
  type ClusterNode,
} from '../../../../scripts/lib/infra/kubernetes/cluster/cluster.mjs';
import {
  agentLayer,
  importImages,
} from '../../../../scripts/lib/infra/kubernetes/cluster/images.mjs';
import { builtExecutables } from '../workspaces/agent-bundle.ts';

export const NAMESPACE = 'spt-flow-workspaces';
export const BASE_IMAGE = 'spt-flow.test/base:1';
export const AGENT_IMAGE = 'spt-flow.test/agent:1';
const GOLDEN = new URL(
  '../../../../infra/kubernetes/goldens/chart-workspaces.yaml',
  import.meta.url,
);
const VOLUMES = 24;

/**
 * startWorkspaceCluster runs a real cluster of one node whose provider may do what the chart grants, with images and a
 * few volumes, in a namespace that lets only restricted pods in.
 */
export async function startWorkspaceCluster() {
  const cluster = await startCluster({ isReal: true });
  try {
    const { node } = cluster;
    if (!node) throw new Error('the cluster has no node');
    const stage = { ...cluster, node, ...adminOf(cluster) };
    await Promise.all([bringImages(cluster, node), prepareNamespace(stage)]);
    return stage;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
export type ClusterStage = Awaited<ReturnType<typeof startWorkspaceCluster>>;

function adminOf(cluster: Cluster) {
  const admin = async (...args: string[]) => {
    const { exitCode, stdout, output } = await cluster.kubectl('-n', NAMESPACE, ...args);
    if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${output}`);
    return stdout;
  };
  let count = 0;
  const apply = async (...objects: object[]) => {
    count += 1;
    const file = path.join(cluster.directory, `objects-${count}.yaml`);
    await writeFile(file, objects.map((object) => stringify(object)).join('---\n'));
    await admin('apply', '-f', file);
  };
  return { admin, apply };
}

async function bringImages(cluster: Cluster, { ctr }: ClusterNode): Promise<void> {
  const base = await baseImageArchive();
  const agent = path.join(cluster.directory, 'agent.tar');
  await agentLayer(path.join(await builtExecutables(), 'spt-flow-agent'), agent);
  const Env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8'];
  await importImages({
    ctr,
    images: [
      {
        name: 'spt-flow.test/pause:1',
        layer: base,
        config: { Entrypoint: ['/bin/sleep', 'infinity'] },
      },
      { name: BASE_IMAGE, layer: base, config: { User: 'node', WorkingDir: '/home/node', Env } },
      {
        name: AGENT_IMAGE,
        layer: agent,
        config: { User: '1000:1000', Entrypoint: ['/spt-flow-agent'] },
      },
    ],
  });
}

async function prepareNamespace({ directory, apply, admin }: ReturnType<typeof adminOf> & Cluster) {
  await apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: NAMESPACE,
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    },
  });
  const folders = Array.from({ length: VOLUMES }, (_, at) =>
    path.join(directory, 'volumes', String(at)),
  );
  for (const folder of folders) await mkdir(folder, { recursive: true });
  await apply(...(await grants()), storageClass(), ...folders.map(volume));
  await until('the account of pods', () =>
    admin('get', 'serviceaccount', 'default').then(
      () => true,
      () => false,
    ),
  );
}

const GrantSchema = z.looseObject({
  kind: z.enum(['Role', 'RoleBinding', 'NetworkPolicy', 'ResourceQuota']),
  metadata: z.looseObject({ namespace: z.literal(NAMESPACE) }),
});

/** What the chart grants to the control plane, granted to whom the tests are. */
async function grants(): Promise<object[]> {
  const documents = parseAllDocuments(await readFile(GOLDEN, 'utf8'));
  const found = documents.flatMap((one) => GrantSchema.safeParse(one.toJS()).data ?? []);
  const subjects = [{ kind: 'Group', name: 'spt-flow:providers' }];
  return found.map((one) => (one.kind === 'RoleBinding' ? { ...one, subjects } : one));
}

function storageClass() {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'local',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  };
}

function volume(folder: string) {
  const isNode = { key: 'kubernetes.io/hostname', operator: 'In', values: ['node-0'] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `volume-${path.basename(folder)}` },
    spec: {
      ...{ storageClassName: 'local', capacity: { storage: '20Gi' } },
      ...{ accessModes: ['ReadWriteOnce'], local: { path: folder } },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [isNode] }] } },
    },
  };
}
