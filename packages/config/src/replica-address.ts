import { isIP } from 'node:net';
import * as z from 'zod';

/**
 * An address that this process can listen on: a name would be resolved by others differently. Either kind may be in
 * brackets, since a pod is told its address, not its kind.
 */
export const ReplicaAddress = z
  .string()
  .transform((text) => /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text))
  .refine(
    (match) => isIP(match?.[1] ?? match?.[2] ?? '') !== 0 && isListenPort(Number(match?.[3])),
    'must be an address with a port, such as 10.0.0.7:7070 or [fd00::7]:7070',
  )
  .transform((match) => {
    const [, bracketed = '', bare = '', port = ''] = match ?? [];
    return isIP(bracketed) === 6 ? `[${bracketed}]:${port}` : `${bracketed || bare}:${port}`;
  });

function isListenPort(port: number): boolean {
  return port > 0 && port <= 65_535;
}
