import { readFile } from 'node:fs/promises';

/** Route is where this machine sends a range of IPv4 addresses; both are numbers of 32 bits. */
export interface Route {
  readonly address: number;
  readonly mask: number;
}

/**
 * machineRoutes are those of this machine, without its default. Bridges of an engine that died are among them, of which
 * no interface that runs tells; empty where the kernel has no such list.
 */
export async function machineRoutes(file = '/proc/net/route'): Promise<Route[]> {
  const table = await readFile(file, 'utf8').catch(() => '');
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .flatMap(([, address, , , , , , mask]) =>
      address && mask ? [{ address: fromHex(address), mask: fromHex(mask) }] : [],
    )
    .filter(({ mask }) => mask !== 0);
}

/** The kernel prints numbers as they lie in its memory. */
function fromHex(text: string): number {
  return Buffer.from(text, 'hex').readUInt32LE();
}

export function overlaps(one: Route, other: Route): boolean {
  return ((one.address ^ other.address) & one.mask & other.mask) === 0;
}
