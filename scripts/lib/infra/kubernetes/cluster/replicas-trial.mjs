import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { until } from './cluster.mjs';

const RELEASE = ['--namespace', 'spt-flow'];
const CONTROL_PLANE = 'app.kubernetes.io/component=control-plane';

/** ReplicasTrial shows that the chart's replicas stay two: while a node is drained, and while an update rolls. */
export class ReplicasTrial {
  #must;
  #kubectl;
  #expect;
  #folder;
  #nodes;

  /** `must` is kubectl that has to work, `kubectl` is what it says either way. */
  constructor({ must, kubectl, expect, folder, nodes }) {
    this.#must = must;
    this.#kubectl = kubectl;
    this.#expect = expect;
    this.#folder = folder;
    this.#nodes = nodes;
  }

  async run() {
    await this.#must(...RELEASE, 'rollout', 'status', 'deployment/spt-flow', '--timeout', '3m');
    const places = (await this.#pods()).map(({ spec }) => spec.nodeName);
    this.#expect('nodes of the replicas', new Set(places).size, 2);
    await this.#withoutRoom(() => this.#update());
    await this.#withoutRoom(() => this.#evictions());
    const { exitCode, output } = await this.#kubectl(
      ...['drain', places[0], '--ignore-daemonsets', '--delete-emptydir-data', '--timeout', '3m'],
    );
    this.#expect(`draining ${places[0]} (${output.slice(-300)})`, exitCode, 0);
    await this.#must('uncordon', places[0]);
  }

  /** What waits for a node shows what goes on without it. */
  async #withoutRoom(work) {
    await this.#must('cordon', ...this.#nodes);
    await work();
    await this.#must('uncordon', ...this.#nodes);
    await this.#must(...RELEASE, 'rollout', 'status', 'deployment/spt-flow', '--timeout', '3m');
  }

  async #update() {
    const next = 'control-plane=registry.example.com/spt-flow/control-plane:0.2.0';
    await this.#must(...RELEASE, 'set', 'image', 'deployment/spt-flow', next);
    await this.#untilOneWaits();
    this.#expect('replicas while an update waits for a node', await this.#readyCount(), 2);
  }

  async #evictions() {
    const [first, second] = (await this.#pods()).map(({ metadata }) => metadata.name);
    await this.#evict(first);
    await this.#untilOneWaits();
    const refused = /disruption budget/.test(await this.#evict(second));
    this.#expect('evicting a second replica is refused', refused, true);
    this.#expect('replicas while one waits for a node', await this.#readyCount(), 1);
  }

  async #evict(name) {
    const file = path.join(this.#folder, 'eviction.json');
    const metadata = { name, namespace: 'spt-flow' };
    await writeFile(file, JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata }));
    const at = `/api/v1/namespaces/spt-flow/pods/${name}/eviction`;
    return (await this.#kubectl('create', '--raw', at, '-f', file)).output;
  }

  async #untilOneWaits() {
    await until('a replica to wait for a node', async () =>
      (await this.#pods()).some(({ status }) => status.phase === 'Pending'),
    );
  }

  async #readyCount() {
    const isReady = ({ type, status }) => type === 'Ready' && status === 'True';
    return (await this.#pods()).filter(({ status }) => status.conditions?.some(isReady)).length;
  }

  async #pods() {
    const output = await this.#must(...RELEASE, 'get', 'pods', '-l', CONTROL_PLANE, '-o', 'json');
    return JSON.parse(output).items.filter(({ metadata }) => !metadata.deletionTimestamp);
  }
}
