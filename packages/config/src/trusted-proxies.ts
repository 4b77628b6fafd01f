import * as z from 'zod';

/** Addresses and networks, or one of three names for groups of them. */
export const TrustedProxies = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(
    z.array(
      z.union(
        [
          z.enum(['loopback', 'linklocal', 'uniquelocal']),
          z.ipv4(),
          z.ipv6(),
          z.cidrv4(),
          z.cidrv6(),
        ],
        'must be addresses, networks such as 10.0.0.0/8, loopback, linklocal or uniquelocal',
      ),
    ),
  );
