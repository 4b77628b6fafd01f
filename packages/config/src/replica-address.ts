import { isIP } from 'node:net';
import { z } from 'zod';

/** An address that this process can listen on: a name would be resolved by others differently. */
export const ReplicaAddress = z
  .string()
  .transform((text) => /^(?:\[([0-9a-fA-F:]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text))
  .refine(
    (match) => isIP(match?.[1] ?? match?.[2] ?? '') !== 0 && isListenPort(Number(match?.[3])),
    'must be an address with a port, such as 10.0.0.7:7070 or [fd00::7]:7070',
  )
  .transform((match) => match?.[0] ?? '');

function isListenPort(port: number): boolean {
  return port > 0 && port <= 65_535;
}
