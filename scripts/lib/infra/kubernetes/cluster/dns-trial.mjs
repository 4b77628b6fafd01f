import { Resolver } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';

const NAMESPACE = 'devenv.svc.cluster.local';
const LIMIT_MS = 20_000;
const POLL_MS = 250;

/** DnsTrial asks the cluster's DNS for the names that workspaces go by, and for those in their settings. */
export class DnsTrial {
  #resolver = new Resolver();
  #expect;

  constructor({ port, expect }) {
    this.#resolver.setServers([`127.0.0.1:${port}`]);
    this.#expect = expect;
  }

  async run({ workspaces, services }) {
    const addressOf = ({ status }) => status.podIP;
    for (const pod of workspaces)
      await this.#answers(`${pod.metadata.name}.devenv.${NAMESPACE}`, [addressOf(pod)]);
    await this.#answers(`devenv.${NAMESPACE}`, workspaces.map(addressOf).toSorted());
    const proxy = services.find(({ metadata }) => metadata.name === 'egress-proxy');
    await this.#answers(`egress-proxy.${NAMESPACE}`, [proxy?.spec.clusterIP]);
    await this.#answers(`devenv-${workspaces.length}.devenv.${NAMESPACE}`, ['ENOTFOUND']);
  }

  /** It hears of changes a moment later. */
  async #answers(name, expected) {
    const deadline = Date.now() + LIMIT_MS;
    let actual = await this.#ask(name);
    while (String(actual) !== String(expected) && Date.now() < deadline) {
      await delay(POLL_MS);
      actual = await this.#ask(name);
    }
    this.#expect(name, actual, expected);
  }

  #ask(name) {
    return this.#resolver.resolve4(name).then(
      (addresses) => addresses.toSorted(),
      ({ code }) => [code],
    );
  }
}
