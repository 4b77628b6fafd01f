import { readProc } from './proc.ts';

/** Which fields of the line are counted is the kernel's order: active and passive opens, and connections now. */
const TCP_COUNTS = /^Tcp: -?\d+ \d+ \d+ -?\d+ (\d+ \d+) \d+ \d+ (\d+)/m;
const IPV6_LOOPBACK = /^0{31}1 /m;

/**
 * socketActivity returns a text that changes when a socket begins to listen in this network namespace, at a fiftieth of
 * what reading all sockets costs. It may miss one that begins just as another ends. Undefined: the kernel does not tell.
 */
export function socketActivity(): string | undefined {
  const sockets = /^TCP: inuse \d+/m.exec(readProc('/proc/net/sockstat') ?? '')?.[0];
  const counts = TCP_COUNTS.exec(readProc('/proc/net/snmp') ?? '');
  if (sockets === undefined || counts === null) return undefined;
  const ofIpv6 = /^TCP6: inuse \d+/m.exec(readProc('/proc/net/sockstat6') ?? '')?.[0];
  return [sockets, ofIpv6, counts[1], counts[2]].join(' ');
}

/** hasIpv6Loopback returns whether `::1` is an address of this network namespace. */
export function hasIpv6Loopback(): boolean {
  return IPV6_LOOPBACK.test(readProc('/proc/net/if_inet6') ?? '');
}
