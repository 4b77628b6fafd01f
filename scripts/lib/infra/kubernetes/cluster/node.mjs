import { mkdir, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { cached } from '../../../cache.mjs';
import { findCommand } from '../../../chromium.mjs';
import { withProgress } from '../../../progress.mjs';
import { capture } from '../../../run.mjs';
import { controlPlanePrograms } from './control-plane.mjs';
import { go } from '../../tools/kubernetes-tools.mjs';
import { output, succeed } from '../../tools/programs.mjs';

/** What a node needs besides Kubernetes' own programs: Debian's Docker brings the first three. */
const NODE_COMMANDS = ['containerd', 'ctr', 'runc', 'etcd', 'go', 'ip', 'tar', 'ldd'];
const NETWORK_PLUGINS = [
  'plugins/main/bridge',
  'plugins/main/loopback',
  'plugins/ipam/host-local',
].map((name) => `github.com/containernetworking/plugins/${name}@v1.9.0`);

/** hasNodeParts: pods can really run here. */
export function hasNodeParts() {
  return process.getuid?.() === 0 && NODE_COMMANDS.every((name) => findCommand(name));
}

/** ensureNodePrograms builds what runs a cluster ahead of whoever needs it, where pods can run. */
export async function ensureNodePrograms() {
  if (hasNodeParts()) await Promise.all([controlPlanePrograms(), networkPlugins()]);
}

/** Programs that give pods their network, built at the first use. */
function networkPlugins() {
  const install = ['install', '-ldflags=-s -w', ...NETWORK_PLUGINS];
  return cached({ name: 'network-plugins', recipe: install }, (GOBIN) =>
    withProgress('Building the network plugins of a node, once', () => go(install, { GOBIN })),
  );
}

/**
 * startNode runs a real containerd and a real kubelet, with a bridge of its own for pods, and nothing of the machine's
 * own firewall: rules of networks are kept by plugins that this node has not.
 */
export async function startNode({ directory, programs, kubeconfig, startProgram, until }) {
  const at = (name) => path.join(directory, name);
  const network = newNetwork();
  const socket = at('containerd.sock');
  await addBridge(network);
  await writeConfiguration({ at, socket, network, plugins: await networkPlugins() });
  const ctr = (...args) =>
    succeed('ctr', ['--address', socket, '--namespace', 'k8s.io', ...args], { cwd: directory });
  await startProgram(findCommand('containerd'), ['--config', at('containerd.toml')]);
  await until('containerd to answer', async () => {
    const { exitCode } = await output('ctr', ['--address', socket, 'version']);
    return exitCode === 0;
  });
  await startProgram(path.join(programs, 'kubelet'), [
    ...['--config', at('kubelet.yaml'), '--kubeconfig', kubeconfig, '--root-dir', at('kubelet')],
    ...['--hostname-override', 'node-0', '--node-ip', network.gateway, '--cert-dir', at('pki')],
  ]);
  return {
    ctr,
    /** As pods reach this machine. */
    gateway: network.gateway,
    /** Nobody starts them again: the kubelet has ended, and their engine not yet. */
    endPods: () => endTasks(ctr),
    removeTraces: () => removeTraces({ directory, network }),
  };
}

/** One that no other engine has, as far as chance knows. */
function newNetwork() {
  const number = 1 + Math.floor(Math.random() * 250);
  return {
    bridge: `spt-pods-${number}`,
    subnet: `10.251.${number}.0/24`,
    gateway: `10.251.${number}.1`,
  };
}

/** Before the first pod asks for it: the kubelet listens there, and so does what pods reach on this machine. */
async function addBridge({ bridge, gateway }) {
  await succeed('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await succeed('ip', ['address', 'add', `${gateway}/24`, 'dev', bridge]);
  await succeed('ip', ['link', 'set', bridge, 'up']);
}

async function writeConfiguration({ at, socket, network, plugins }) {
  await mkdir(at('networks'));
  await writeFile(
    at('networks/10-bridge.conflist'),
    JSON.stringify({
      ...{ cniVersion: '0.4.0', name: network.bridge },
      plugins: [
        {
          ...{ type: 'bridge', bridge: network.bridge, isGateway: true, hairpinMode: true },
          ipam: {
            ...{ type: 'host-local', dataDir: at('addresses') },
            ranges: [[{ subnet: network.subnet }]],
          },
        },
      ],
    }),
  );
  await writeFile(at('containerd.toml'), containerdConfig({ at, socket, plugins }));
  await writeFile(at('kubelet.yaml'), stringify(kubeletConfig({ at, socket, network })));
}

function containerdConfig({ at, socket, plugins }) {
  return `
version = 2
root = "${at('containerd')}"
state = "${at('containerd-state')}"
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  netns_mounts_under_state_dir = true
  sandbox_image = "spt-flow.test/pause:1"
  stream_server_address = "127.0.0.1"
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${plugins}"
  conf_dir = "${at('networks')}"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
`;
}

/** Anybody on this machine may ask it: the API server, which asks for logs, has no certificate here. */
function kubeletConfig({ at, socket, network }) {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: network.gateway,
    port: 10_250 + Math.floor(Math.random() * 1_000),
    healthzPort: 0,
    containerRuntimeEndpoint: `unix://${socket}`,
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    ...{ cgroupDriver: 'cgroupfs', cgroupsPerQOS: false, enforceNodeAllocatable: [] },
    ...{ failCgroupV1: false, failSwapOn: false, makeIPTablesUtilChains: false },
    ...{ podLogsDir: at('pod-logs'), clusterDomain: 'cluster.local' },
    // What else is on this machine is none of its business.
    evictionHard: { 'memory.available': '1Mi', 'nodefs.available': '1Mi' },
    imageGCHighThresholdPercent: 100,
    // As soon as something changes.
    syncFrequency: '1s',
    nodeStatusUpdateFrequency: '1s',
  };
}

/** They outlive their engine. */
async function endTasks(ctr) {
  const ids = (await ctr('tasks', 'list', '--quiet')).split('\n').filter(Boolean);
  await Promise.all(ids.map((id) => ctr('tasks', 'delete', '--force', id).catch(() => {})));
}

/** Where kubelets have links to the logs of pods, wherever those are. */
const LOG_LINKS = '/var/log/containers';

async function removeLogLinks(directory) {
  for (const name of await readdir(LOG_LINKS).catch(() => [])) {
    const link = path.join(LOG_LINKS, name);
    const target = await readlink(link).catch(() => '');
    if (target.startsWith(directory)) await rm(link, { force: true });
  }
}

/** What a node leaves that was killed: links, mounts, and a bridge. */
async function removeTraces({ directory, network }) {
  await removeLogLinks(directory);
  const { output: mounts } = await capture('findmnt', [
    '--noheadings',
    '--list',
    '--output',
    'TARGET',
  ]);
  const own = mounts.split('\n').filter((target) => target.startsWith(directory));
  for (const target of own.toReversed()) await capture('umount', ['--lazy', target]);
  await capture('ip', ['link', 'delete', network.bridge]);
}
