import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { proofNameOf } from './proof.ts';
import type { Look } from './domain-state.ts';

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** What the DNS says when a name, or a record of this kind, is not there. */
const ABSENT = new Set(['ENOTFOUND', 'ENODATA']);

/** Finding is what the DNS says of a domain. */
export interface Finding {
  /** Texts at the name of its proof; undefined: the DNS did not answer. */
  readonly proofs: readonly string[] | undefined;
  readonly leads: Look['leads'];
}

export interface DnsLook {
  look(domain: string): Promise<Finding>;
  /** Addresses of this installation; none where the DNS does not know it. */
  ownAddresses(): Promise<readonly string[]>;
}

export interface DnsLookOptions {
  /** Servers to ask; empty: those of the system. */
  readonly servers: readonly string[];
  /** Where people reach this installation, as a name or an address. */
  readonly ownHost: string;
}

/** createDnsLook only reads what the DNS says. Nothing is ever sent to an address that comes from there. */
export function createDnsLook({ servers, ownHost }: DnsLookOptions): DnsLook {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);

  async function addressesOf(name: string): Promise<readonly string[] | undefined> {
    const [four, six] = await Promise.all([
      answerOf(resolver.resolve4(name)),
      answerOf(resolver.resolve6(name)),
    ]);
    const all = [...(four ?? []), ...(six ?? [])];
    return all.length === 0 && (four === undefined || six === undefined) ? undefined : all;
  }

  async function ownAddresses(): Promise<readonly string[]> {
    if (isIP(ownHost) !== 0) return [ownHost];
    if (ownHost === 'localhost' || ownHost.endsWith('.localhost')) return ['127.0.0.1', '::1'];
    return (await addressesOf(ownHost)) ?? [];
  }

  async function leadsOf(domain: string): Promise<Look['leads']> {
    const aliases = await answerOf(resolver.resolveCname(domain));
    if (aliases?.some((alias) => alias.toLowerCase() === ownHost)) return 'here';
    const addresses = await addressesOf(domain);
    if (addresses === undefined) return 'unknown';
    if (addresses.length === 0) return 'nowhere';
    const own = await ownAddresses();
    if (own.length === 0) return 'unknown';
    return addresses.some((address) => own.includes(address)) ? 'here' : 'elsewhere';
  }

  return {
    ownAddresses,
    async look(domain) {
      const [texts, leads] = await Promise.all([
        answerOf(resolver.resolveTxt(proofNameOf(domain))),
        leadsOf(domain),
      ]);
      return { proofs: texts?.map((parts) => parts.join('')), leads };
    },
  };
}

/** Undefined when nobody answered, as opposed to an answer that says no. */
async function answerOf<Value>(asked: Promise<Value[]>): Promise<Value[] | undefined> {
  try {
    return await asked;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return ABSENT.has(code) ? [] : undefined;
  }
}
