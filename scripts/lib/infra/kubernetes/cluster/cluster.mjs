import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { Failure } from '../../../failure.mjs';
import { controlPlanePrograms } from './control-plane.mjs';
import { playNodes } from './kubelet.mjs';
import { startNode } from './node.mjs';
import { ownProgram } from '../../tools/kubernetes-tools.mjs';
import { output } from '../../tools/programs.mjs';

const LIMIT_MS = 180_000;
const POLL_MS = 250;

/** Tokens of the trial, by whom they stand for. */
const USERS = {
  admin: { groups: 'system:masters' },
  operator: { groups: 'spt-flow:devenv-operators' },
  provider: { groups: 'spt-flow:providers' },
};

/**
 * startCluster runs a real control plane on loopback. Its nodes are played: pods get ready without running; or there is
 * one that is real, where they run.
 */
export async function startCluster({ isReal = false } = {}) {
  const programs = await controlPlanePrograms();
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-cluster-'));
  const cluster = { directory, programs, started: [] };
  try {
    await startControlPlane(cluster);
    if (isReal) cluster.node = await startRealNode(cluster);
    else cluster.stopPlaying = playNodes({ server: cluster.server, token: 'admin-token' });
  } catch (error) {
    const output = await logsOf(cluster);
    await stopCluster(cluster);
    throw new Failure(error.message, { output });
  }
  return {
    ...{ kubectl: (...args) => kubectl(cluster, 'admin', args) },
    as: (user, ...args) => kubectl(cluster, user, args),
    /** The port of its DNS. */
    startDns: () => startDns(cluster),
    environmentOf: (user) => environmentOf(cluster, user),
    ...{ server: cluster.server, directory, node: cluster.node },
    stop: () => stopCluster(cluster),
  };
}

function startRealNode(cluster) {
  const { directory, programs, kubeconfig } = cluster;
  return startNode({
    ...{ directory, programs, kubeconfig: kubeconfig.admin, until },
    startProgram: (command, args) => startProgram(cluster, command, args),
  });
}

async function startControlPlane(cluster) {
  const at = (name) => path.join(cluster.directory, name);
  const [client, peer, port] = await freePorts(3);
  const etcd = `http://127.0.0.1:${client}`;
  await startProgram(cluster, 'etcd', [
    ...['--data-dir', at('etcd'), '--listen-client-urls', etcd, '--advertise-client-urls', etcd],
    ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
  ]);
  await writeCredentials(cluster, port);
  await startProgram(cluster, path.join(cluster.programs, 'kube-apiserver'), [
    ...['--etcd-servers', etcd, '--secure-port', String(port), '--bind-address', '127.0.0.1'],
    ...['--cert-dir', at('certificates'), '--token-auth-file', at('tokens.csv')],
    ...[
      '--allow-privileged',
      '--authorization-mode',
      'RBAC',
      '--service-cluster-ip-range',
      '10.96.0.0/16',
    ],
    ...['--kubelet-preferred-address-types', 'InternalIP'],
    ...['--service-account-issuer', 'https://spt-flow.trial'],
    ...['--service-account-key-file', at('accounts.pem')],
    ...['--service-account-signing-key-file', at('accounts.key')],
  ]);
  await until('the API server to be ready', async () => {
    const { exitCode } = await kubectl(cluster, 'admin', ['get', '--raw', '/readyz']);
    return exitCode === 0;
  });
  const asAdmin = ['--kubeconfig', cluster.kubeconfig.admin, '--leader-elect=false'];
  await startProgram(cluster, path.join(cluster.programs, 'kube-controller-manager'), [
    ...[...asAdmin, '--secure-port', '0', '--service-account-private-key-file', at('accounts.key')],
  ]);
  const scheduler = path.join(cluster.programs, 'kube-scheduler');
  await startProgram(cluster, scheduler, [...asAdmin, '--secure-port', '0']);
}

/** CoreDNS, with which clusters come; it asks the API server as any program in a cluster does. */
async function startDns(cluster) {
  const program = await ownProgram('cluster-dns');
  const [port] = await freePorts(1);
  const file = path.join(cluster.directory, 'Corefile');
  const lookUp = `kubernetes cluster.local {\n    kubeconfig ${cluster.kubeconfig.admin} trial\n  }`;
  await writeFile(file, `.:${port} {\n  bind 127.0.0.1\n  errors\n  ${lookUp}\n}\n`);
  await startProgram(cluster, program, ['-conf', file]);
  return port;
}

async function writeCredentials(cluster, port) {
  const at = (name) => path.join(cluster.directory, name);
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(at('accounts.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(at('accounts.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const lines = Object.entries(USERS).map(
    ([name, { groups }]) => `${name}-token,${name},${name},"${groups}"`,
  );
  await writeFile(at('tokens.csv'), `${lines.join('\n')}\n`);
  const server = `https://127.0.0.1:${port}`;
  cluster.server = server;
  cluster.kubeconfig = {};
  for (const name of Object.keys(USERS)) {
    cluster.kubeconfig[name] = at(`${name}.kubeconfig`);
    await writeFile(
      cluster.kubeconfig[name],
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'trial', cluster: { server, 'insecure-skip-tls-verify': true } }],
        users: [{ name, user: { token: `${name}-token` } }],
        contexts: [{ name: 'trial', context: { cluster: 'trial', user: name } }],
        'current-context': 'trial',
      }),
    );
  }
}

async function startProgram(cluster, command, args) {
  const name = path.basename(command);
  const log = openSync(path.join(cluster.directory, `${name}.log`), 'w');
  const child = spawn(command, args, { cwd: cluster.directory, stdio: ['ignore', log, log] });
  const ended = once(child, 'exit');
  cluster.started.push({ name, child, ended });
  await once(child, 'spawn');
}

/** The last started ends first; each is killed, since nothing of it is kept. */
async function stopCluster({ directory, started, stopPlaying, node }) {
  await stopPlaying?.();
  for (const { name, child, ended } of started.toReversed()) {
    if (name === 'containerd') await node?.endPods();
    child.kill('SIGKILL');
    await ended;
  }
  await node?.removeTraces();
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}

function environmentOf(cluster, user) {
  const programs = `${cluster.programs}:${process.env.PATH}`;
  return { PATH: programs, HOME: cluster.directory, KUBECONFIG: cluster.kubeconfig[user] };
}

/** kubectl keeps all that is said: a list of pods is longer than what people want to read of a failure. */
async function kubectl(cluster, user, args) {
  const env = environmentOf(cluster, user);
  const program = path.join(cluster.programs, 'kubectl');
  const { exitCode, stdout, stderr } = await output(program, args, { env });
  return { exitCode, stdout, output: `${stdout}${stderr}` };
}

/** until polls; what never becomes true within the limit is a failure that names it. */
export async function until(what, isTrue) {
  const deadline = Date.now() + LIMIT_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Failure(`Waited in vain for ${what}`);
    await delay(POLL_MS);
  }
}

/** The end of what each part wrote. */
async function logsOf({ directory, started }) {
  const logs = started.map(async ({ name }) => {
    const text = await readFile(path.join(directory, `${name}.log`), 'utf8');
    return `${name}:\n${text.slice(-2_000)}`;
  });
  return (await Promise.all(logs)).join('\n');
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
