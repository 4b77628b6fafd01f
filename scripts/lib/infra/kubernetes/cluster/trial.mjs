import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { Failure } from '../../../failure.mjs';
import { capture } from '../../../run.mjs';
import { startCluster, until } from './cluster.mjs';
import { DnsTrial } from './dns-trial.mjs';
import { ReplicasTrial } from './replicas-trial.mjs';
import { sourceOf } from '../../tools/kubernetes-tools.mjs';

const NODES = ['node-a', 'node-b', 'node-c'];
const DEVENV = ['--namespace', 'devenv'];

/** clusterProblems applies the manifests to a real API server and sees what its controllers make of them. */
export async function clusterProblems(root, rendered) {
  const cluster = await startCluster();
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-apply-'));
  const trial = new Trial({ cluster, folder, root, rendered });
  try {
    await trial.prepare();
    for (const part of [
      ...['identities', 'quota', 'volumes', 'rights', 'security', 'rollout', 'names'],
      ...['drains', 'snapshots', 'chart', 'replicas'],
    ])
      await trial[part]();
    return trial.problems;
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** INVARIANT: each part leaves three workspaces that are ready. */
class Trial {
  problems = [];
  #deps;

  constructor(deps) {
    this.#deps = deps;
  }

  async prepare() {
    for (const source of [
      ['gateway', 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml'],
      ['monitoring', 'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml'],
      ['snapshots', 'config/crd/snapshot.storage.k8s.io_volumesnapshots.yaml'],
    ])
      await this.#must(
        'apply',
        '--server-side',
        '-f',
        path.join(await sourceOf(source[0]), source[1]),
      );
    await this.#apply('machines', [...NODES.map(node), storageClass(), ...volumes()]);
    await this.#applyRendered('kubernetes-devenv-standard');
    await this.#ready(3);
    await this.#must(...DEVENV, 'rollout', 'status', 'deployment/egress-proxy', '--timeout', '3m');
  }

  async identities() {
    const pods = await this.#get('pods', '-l', 'app.kubernetes.io/name=devenv');
    const names = pods.map(
      ({ metadata, spec }) => `${metadata.name} ${spec.hostname}.${spec.subdomain}`,
    );
    this.#expect(
      'identities',
      names,
      [0, 1, 2].map((at) => `devenv-${at} devenv-${at}.devenv`),
    );
    const created = pods.map(({ metadata }) => metadata.creationTimestamp);
    this.#expect('order of creation', created, created.toSorted());
    const claims = await this.#get('persistentvolumeclaims');
    this.#expect('bound claims', claims.filter(({ status }) => status.phase === 'Bound').length, 9);
  }

  async quota() {
    const { exitCode, output } = await this.#scale('4', '15s');
    this.#expect('a fourth workspace over the quota', exitCode, 1);
    this.#expect('the reason', /exceeded quota/.test(output), true);
    await this.#scale('3', '2m');
    await this.#ready(3);
  }

  async volumes() {
    const uidOf = async () =>
      (await this.#get('persistentvolumeclaims'))
        .filter(({ metadata }) => metadata.name === 'workspace-devenv-2')
        .map(({ metadata }) => metadata.uid);
    const before = await uidOf();
    await this.#scale('2', '2m');
    await until('devenv-2 to go', async () => (await this.#workspaces()).length === 2);
    await this.#scale('3', '2m');
    await this.#ready(3);
    this.#expect('the volume of devenv-2 after it was away', await uidOf(), before);
  }

  async rights() {
    const { cluster } = this.#deps;
    const may = async (user, ...what) => {
      const { output } = await cluster.as(user, 'auth', 'can-i', ...what, ...DEVENV);
      return /^(yes|no)\b/m.exec(output)?.[1];
    };
    const expected = {
      'update statefulsets.apps/devenv --subresource=scale': 'yes',
      'create pods --subresource=exec': 'yes',
      'create pods --subresource=portforward': 'yes',
      'get secrets': 'no',
      'delete statefulsets.apps/devenv': 'no',
      'create pods': 'no',
      'create rolebindings.rbac.authorization.k8s.io': 'no',
    };
    for (const [what, answer] of Object.entries(expected))
      this.#expect(`operators: ${what}`, await may('operator', ...what.split(' ')), answer);
    const account = ['--as', 'system:serviceaccount:devenv:devenv'];
    for (const what of ['get pods', 'get secrets', 'create pods'])
      this.#expect(`workspaces: ${what}`, await may('admin', ...what.split(' '), ...account), 'no');
  }

  async security() {
    const refused = await this.#create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'privileged', namespace: 'devenv' },
      spec: { containers: [{ name: 'c', image: 'a/b:1', securityContext: { privileged: true } }] },
    });
    this.#expect('a privileged pod', /violates PodSecurity "restricted/.test(refused), true);
  }

  async rollout() {
    await this.#must(...DEVENV, 'set', 'image', 'statefulset/devenv', 'devenv=coder-base:0.2.0');
    await this.#must(...DEVENV, 'rollout', 'status', 'statefulset/devenv', '--timeout', '3m');
    const images = (await this.#workspaces()).map(({ spec }) => spec.containers[0].image);
    this.#expect('images after a rollout', [...new Set(images)], ['coder-base:0.2.0']);
  }

  /** After the rollout, so that each name has led to another pod before. */
  async names() {
    const { cluster } = this.#deps;
    await new DnsTrial({
      port: await cluster.startDns(),
      expect: (...about) => this.#expect(...about),
    }).run({
      workspaces: await this.#workspaces(),
      services: await this.#get('services'),
    });
  }

  /** One workspace at a time may be evicted, and a drain ends. */
  async drains() {
    const evict = (name) =>
      this.#create(
        { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'devenv' } },
        `/api/v1/namespaces/devenv/pods/${name}/eviction`,
      );
    const [nodeName] = (await this.#workspaces()).map(({ spec }) => spec.nodeName);
    const { exitCode, output } = await this.#deps.cluster.kubectl(
      ...['drain', nodeName, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout', '3m'],
    );
    this.#expect(`draining ${nodeName} (${output.slice(-300)})`, exitCode, 0);
    await this.#must('uncordon', nodeName);
    await this.#ready(3);
    await this.#must('cordon', ...NODES);
    await evict('devenv-2');
    await until('devenv-2 to wait for a node', async () =>
      (await this.#workspaces()).some(({ status }) => status.phase === 'Pending'),
    );
    this.#expect('a second eviction', /disruption budget/.test(await evict('devenv-1')), true);
    await this.#must('uncordon', ...NODES);
    await this.#ready(3);
  }

  async snapshots() {
    const script = path.join(this.#deps.root, 'infra/kubernetes/devenv/snapshot.sh');
    for (const run of ['first', 'second']) {
      const { exitCode, output } = await capture(script, ['1'], {
        env: this.#deps.cluster.environmentOf('operator'),
      });
      this.#expect(`the ${run} snapshots (${output.slice(-300)})`, exitCode, 0);
      // Names hold the second.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
    }
    this.#expect(
      'snapshots that stay',
      (await this.#get('volumesnapshots.snapshot.storage.k8s.io')).length,
      9,
    );
  }

  async chart() {
    await this.#must('create', 'namespace', 'spt-flow');
    await this.#must(
      ...['label', 'namespace', 'spt-flow', 'pod-security.kubernetes.io/enforce=restricted'],
    );
    await this.#applyRendered('chart-one-replica', '--namespace', 'spt-flow');
    for (const what of ['deployment/spt-flow', 'statefulset/spt-flow-postgres'])
      await this.#must('--namespace', 'spt-flow', 'rollout', 'status', what, '--timeout', '3m');
  }

  async replicas() {
    const { cluster, folder } = this.#deps;
    // A claim can't change its access mode.
    await this.#must('delete', '--namespace', 'spt-flow', '-f', `${folder}/chart-one-replica.yaml`);
    await this.#applyRendered('chart-replicas', '--namespace', 'spt-flow');
    await new ReplicasTrial({
      ...{ folder, nodes: NODES, kubectl: cluster.kubectl },
      must: (...args) => this.#must(...args),
      expect: (...about) => this.#expect(...about),
    }).run();
  }

  #expect(what, actual, expected) {
    if (JSON.stringify(actual) !== JSON.stringify(expected))
      this.problems.push(
        `${what}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`,
      );
  }

  async #must(...args) {
    const { exitCode, stdout, output } = await this.#deps.cluster.kubectl(...args);
    if (exitCode !== 0) throw new Failure(`'kubectl ${args.join(' ')}' failed`, { output });
    return stdout;
  }

  async #get(...what) {
    return JSON.parse(await this.#must(...DEVENV, 'get', ...what, '-o', 'json')).items;
  }

  #workspaces() {
    return this.#get('pods', '-l', 'app.kubernetes.io/name=devenv');
  }

  #scale(count, timeout) {
    const script = path.join(this.#deps.root, 'infra/kubernetes/devenv/scale.sh');
    const env = { ...this.#deps.cluster.environmentOf('operator'), SCALE_TIMEOUT: timeout };
    return capture(script, [count], { env });
  }

  async #ready(count) {
    await until(`${count} workspaces that are ready`, async () => {
      const ready = (await this.#workspaces()).filter(({ metadata, status }) =>
        status.conditions?.some(
          ({ type, status: is }) =>
            type === 'Ready' && is === 'True' && !metadata.deletionTimestamp,
        ),
      );
      return ready.length === count;
    });
  }

  async #apply(name, objects, ...args) {
    const file = path.join(this.#deps.folder, `${name}.yaml`);
    await writeFile(file, objects.map((object) => stringify(object)).join('---\n'));
    await this.#must('apply', '-f', file, ...args);
  }

  #applyRendered(name, ...args) {
    const { objects } = this.#deps.rendered.find((each) => each.name === name);
    return this.#apply(name, objects, ...args);
  }

  /** What the API server says to it, good or bad. */
  async #create(object, raw) {
    const file = path.join(this.#deps.folder, 'one.json');
    await writeFile(file, JSON.stringify(object));
    const how = raw ? ['--raw', raw] : [];
    return (await this.#deps.cluster.kubectl('create', ...how, '-f', file)).output;
  }
}

function node(name) {
  const resources = { cpu: '16', memory: '64Gi', pods: '110', 'ephemeral-storage': '100Gi' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    status: { capacity: resources, allocatable: resources },
  };
}

function storageClass() {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'standard',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: 'kubernetes.io/no-provisioner',
  };
}

/** Enough for three workspaces, the control plane and its database, and one that replicas share. */
function volumes() {
  const own = ['10Gi', '10Gi', '10Gi', '10Gi', '10Gi', ...Array.from({ length: 6 }, () => '1Gi')];
  return [
    ...own.map((storage, at) => volume(`volume-${at}`, { storage })),
    volume('shared', { storage: '10Gi', storageClassName: 'efs', accessMode: 'ReadWriteMany' }),
  ];
}

function volume(name, { storage, storageClassName = 'standard', accessMode = 'ReadWriteOnce' }) {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      ...{ storageClassName, capacity: { storage }, accessModes: [accessMode] },
      hostPath: { path: `/volumes/${name}` },
    },
  };
}
