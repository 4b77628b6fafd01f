import type { ContainerPlan } from '../../container-plan.ts';

type Plan = Pick<ContainerPlan, 'aliases' | 'networkOf' | 'services'>;

/** OWN stands for the workspace's own container among its services. */
export const OWN = '';

/** networkOwner is whose network a service is in: itself, another service, or `OWN`. */
export function networkOwner(plan: Plan, name: string): string {
  const group = groupOf(plan, name);
  // The workspace's own container is there first, and stays whatever happens to the others.
  if (group.includes(OWN)) return OWN;
  return plan.services.find((service) => group.includes(service.name))?.name ?? name;
}

/** aliasesIn are the names by which others reach the network of a container. */
export function aliasesIn(plan: Plan, owner: string): string[] {
  const group = groupOf(plan, owner);
  const own = group.includes(OWN) ? plan.aliases : [];
  const members = plan.services.filter(({ name }) => group.includes(name));
  return [...new Set([...own, ...members.flatMap(({ name, aliases }) => [name, ...aliases])])];
}

/** All that share a network, by whichever way they say so. */
function groupOf(plan: Plan, name: string): string[] {
  const links = [
    ...(plan.networkOf === null ? [] : [[OWN, plan.networkOf]]),
    ...plan.services.flatMap((service) =>
      service.networkOf === null
        ? []
        : [[service.name, service.networkOf === plan.aliases[0] ? OWN : service.networkOf]],
    ),
  ];
  const group = new Set([name]);
  for (let size = 0; size !== group.size;) {
    size = group.size;
    for (const link of links)
      if (link.some((one) => group.has(one))) link.forEach((one) => group.add(one));
  }
  return [...group];
}
