import * as z from 'zod';
import { hasStatus, wordsOf, type Engine } from '../engine/engine.ts';
import { machineRoutes, overlaps, type Route } from './machine-routes.ts';

/** Reserved for measurements of networks (RFC 2544), so that hardly any network around a machine has these addresses. */
const FIRST = Buffer.from([198, 19, 0, 0]).readUInt32BE();
const SUBNETS = 1_024;
const ADDRESSES_EACH = 64;
const MASK = -ADDRESSES_EACH >>> 0;
const BITS = 26;
/** Others may take the same one at the same time. */
const ATTEMPTS = 8;

const SubnetsSchema = z.array(
  z.object({
    IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().optional() })).nullish() }),
  }),
);

/** isOutOfAddresses: engines give a network thousands of addresses, and so have no more than some thirty networks. */
export function isOutOfAddresses(error: unknown): boolean {
  return /non-overlapping IPv4 address pool|predefined address pools/.test(wordsOf(error));
}

type NetworkOptions = Parameters<Engine['api']['createNetwork']>[0];

/** createWithOwnSubnet makes a network with addresses that the engine does not give by itself. */
export async function createWithOwnSubnet(
  { api, isElsewhere }: Pick<Engine, 'api' | 'isElsewhere'>,
  options: NetworkOptions,
): Promise<void> {
  const routes = isElsewhere ? [] : await machineRoutes();
  const refused = new Set<string>();
  for (let attempt = 1; ; attempt += 1) {
    const given = SubnetsSchema.parse(await api.listNetworks()).flatMap(({ IPAM: { Config } }) =>
      (Config ?? []).map(({ Subnet }) => Subnet),
    );
    const free = firstFree(new Set([...given, ...refused]), routes);
    if (free === undefined) throw new Error('The engine has no addresses left');
    try {
      await api.createNetwork({ ...options, IPAM: { Driver: 'default', Config: [free] } });
      return;
    } catch (error) {
      if (hasStatus(error, 409) || attempt === ATTEMPTS) throw error;
      refused.add(free.Subnet);
    }
  }
}

function firstFree(
  taken: ReadonlySet<string | undefined>,
  routes: readonly Route[],
): { Subnet: string; Gateway: string } | undefined {
  for (let index = 0; index < SUBNETS; index += 1) {
    const address = FIRST + index * ADDRESSES_EACH;
    const subnet = `${dotted(address)}/${BITS}`;
    if (taken.has(subnet) || routes.some((route) => overlaps(route, { address, mask: MASK })))
      continue;
    return { Subnet: subnet, Gateway: dotted(address + 1) };
  }
  return undefined;
}

function dotted(address: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(address);
  return bytes.join('.');
}
