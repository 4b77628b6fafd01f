import { invalid } from '../reading/index.ts';
import type { RefuseAt } from '../rules/index.ts';
import { judgeService, type JudgedService, type ServiceContext } from './judge-services.ts';
import { isLocatedMap, mapOf, type Located, type Place } from '../../../lib/located-yaml.ts';

const SERVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$/;
const VOLUME_KEYS = new Set(['name', 'labels']);
const NETWORK_KEYS = new Set(['name', 'labels', 'ipam', 'internal', 'attachable', 'enable_ipv6']);
const UNDERSTOOD = new Set(['services', 'volumes', 'networks', 'name', 'version']);

export interface ProjectChoice {
  /** The workspace's own. */
  readonly service: string;
  /** Undefined: all without a profile. */
  readonly runServices: readonly string[] | undefined;
  readonly place: Place;
}

export interface JudgedProject {
  readonly main: JudgedService;
  /** In the order in which they are started. */
  readonly others: readonly JudgedService[];
}

/** judgeProject chooses the services that run, orders them, and refuses what is not permitted of any of them. */
export async function judgeProject(
  choice: ProjectChoice,
  context: ServiceContext,
): Promise<JudgedProject> {
  const root = mapOf(context.model.root, 'a Compose file', invalid);
  judgeTop(root, context.refuse);
  const services = root.get('services');
  const all = new Map<string, JudgedService>();
  for (const [name, located] of services ? mapOf(services, '"services"', invalid) : []) {
    if (!SERVICE_NAME.test(name)) throw invalid(located.place, `"${name}" is no name of a service`);
    all.set(name, await judgeService(name, located, context));
  }
  const main = all.get(choice.service);
  if (!main) throw invalid(choice.place, `the Compose files have no service "${choice.service}"`);
  return { main, others: ordered(all, choice).filter((one) => one !== main) };
}

function judgeTop(root: ReadonlyMap<string, Located>, refuse: RefuseAt): void {
  for (const [key, { place }] of root)
    if (!UNDERSTOOD.has(key) && !key.startsWith('x-')) refuse('compose-option', place, `"${key}"`);
  const judge = (what: 'volumes' | 'networks', permitted: ReadonlySet<string>) => {
    const rule = what === 'volumes' ? 'host-mount' : 'host-namespace';
    const section = root.get(what);
    for (const [name, { value }] of section ? mapOf(section, `"${what}"`, invalid) : []) {
      for (const [key, option] of isLocatedMap(value) ? value : []) {
        const isDefault =
          (key === 'external' && option.value === false) ||
          (key === 'driver' && (option.value === 'local' || option.value === 'bridge'));
        if (!permitted.has(key) && !isDefault && !key.startsWith('x-'))
          refuse(rule, option.place, `"${key}" of "${name}"`);
      }
    }
  };
  judge('volumes', VOLUME_KEYS);
  judge('networks', NETWORK_KEYS);
}

/** Those that run, each after what it depends on, and before what depends on it. */
function ordered(all: ReadonlyMap<string, JudgedService>, choice: ProjectChoice): JudgedService[] {
  const wanted =
    choice.runServices ??
    [...all.values()].filter(({ profiles }) => profiles.length === 0).map(({ name }) => name);
  const done: JudgedService[] = [];
  const visit = (name: string, from: JudgedService | undefined, trail: readonly string[]): void => {
    const service = all.get(name);
    if (!service)
      throw invalid(from?.place ?? choice.place, `there is no service "${name}" to run`);
    if (done.includes(service)) return;
    if (trail.includes(name))
      throw invalid(
        service.place,
        `the services ${[...trail, name].join(' → ')} wait for each other`,
      );
    for (const needed of neededBy(service, choice.service, all))
      visit(needed, service, [...trail, name]);
    done.push(service);
  };
  for (const name of [choice.service, ...wanted]) visit(name, undefined, []);
  return done;
}

function neededBy(
  { plan }: JudgedService,
  main: string,
  all: ReadonlyMap<string, JudgedService>,
): string[] {
  const needed = plan.dependsOn
    .filter(({ service, required }) => required || all.has(service))
    .map(({ service }) => service);
  // The workspace's own container is there first, whoever shares its network.
  return plan.networkOf === null || plan.networkOf === main ? needed : [...needed, plan.networkOf];
}
