import { createHmac, hkdfSync } from 'node:crypto';
import type { DnsRecord } from '@spt-flow/shared/api/domains';
import { PROOF_LABEL } from '@spt-flow/shared/domain/domain-name';

const PREFIX = 'spt-flow-verification=';
const VALUE_CHARACTERS = 32;

/** Proofs are the values by which the DNS tells whose a domain is: one for each organization, the same at all times. */
export interface Proofs {
  valueOf(organizationId: string): string;
  recordOf(organizationId: string, domain: string): DnsRecord;
}

/** createProofs needs no row for a value: only who has the installation's key can say what it is. */
export function createProofs(secretKey: string): Proofs {
  const key = Buffer.from(hkdfSync('sha256', secretKey, 'spt-flow', 'domain ownership', 32));
  function valueOf(organizationId: string): string {
    const mac = createHmac('sha256', key).update(organizationId).digest('hex');
    return `${PREFIX}${mac.slice(0, VALUE_CHARACTERS)}`;
  }
  return {
    valueOf,
    recordOf: (organizationId, domain) => ({
      type: 'TXT',
      name: proofNameOf(domain),
      value: valueOf(organizationId),
    }),
  };
}

export function proofNameOf(domain: string): string {
  return `${PROOF_LABEL}.${domain}`;
}
