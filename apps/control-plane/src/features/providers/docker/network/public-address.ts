import { lookup } from 'node:dns/promises';
import { BlockList } from 'node:net';

/** ResolveHost returns the address to connect to; it throws where there is none that may be used. */
export type ResolveHost = (host: string) => Promise<string>;

const NOT_PUBLIC = new BlockList();
for (const [network, prefix] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
  ] as const),
  ...([
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.168.0.0', 16],
  ] as const),
  ...([
    ['198.18.0.0', 15],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const),
])
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv4');

/** resolvePublic keeps workspaces from this machine and its networks, whatever a name says; IPv4 only. */
export async function resolvePublic(host: string): Promise<string> {
  const addresses = await lookup(host, { all: true, family: 4 });
  const [first] = addresses;
  if (!first) throw new Error(`${host} has no address`);
  if (addresses.some(({ address }) => !isPublic(address)))
    throw new Error(`${host} is an address of a private network`);
  return first.address;
}

export function isPublic(address: string): boolean {
  return !NOT_PUBLIC.check(address, 'ipv4');
}
