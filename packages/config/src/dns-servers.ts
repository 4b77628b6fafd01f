import { isIP } from 'node:net';
import * as z from 'zod';

/** DnsServers are addresses with commas between, each with a port where it is not 53: `9.9.9.9,[2620:fe::fe]:5353`. */
export const DnsServers = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().refine(isServer, 'must be addresses such as 9.9.9.9 or 9.9.9.9:5353')));

function isServer(text: string): boolean {
  const [, six, four, port = '53'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = six ?? four ?? text;
  return isIP(address) !== 0 && Number(port) > 0 && Number(port) <= 65_535;
}
