import type { NamedPort } from './planned.ts';
import type { Merged } from './merge-metadata.ts';

const MAX_RANGE = 1_000;

/** namedPorts lists the ports that a devcontainer forwards or describes; patterns of commands name no port. */
export function namedPorts({
  forwardPorts,
  portsAttributes,
  otherPortsAttributes,
}: Pick<Merged, 'forwardPorts' | 'portsAttributes' | 'otherPortsAttributes'>): NamedPort[] {
  const ports = new Map<number, NamedPort>();
  for (const port of forwardPorts)
    if (typeof port === 'number') ports.set(port, { ...otherPortsAttributes, port });
  for (const [pattern, attributes] of Object.entries(portsAttributes))
    for (const port of portsOf(pattern)) ports.set(port, { ...attributes, port });
  return [...ports.values()].sort((a, b) => a.port - b.port);
}

function portsOf(pattern: string): number[] {
  const [, from, to = from] = /^(?:localhost:)?(\d{1,5})(?:-(\d{1,5}))?$/.exec(pattern) ?? [];
  const first = Number(from);
  const count = Number(to) - first + 1;
  if (!(count > 0 && count <= MAX_RANGE && first > 0 && Number(to) <= 65_535)) return [];
  return Array.from({ length: count }, (_, index) => first + index);
}
