import { graceEndsAt, type Claim, type DomainProblem } from './domain-state.ts';

interface Words {
  readonly found: string;
  readonly next: string | null;
}

const BY_ITSELF = 'spt-flow looks again by itself, and when you check now';

const WORDS: Readonly<Record<DomainProblem, Words>> = {
  'dns-silent': {
    found: 'The DNS did not answer, so nothing was changed',
    next: `Wait: ${BY_ITSELF}. If it stays, look at the name servers of the domain`,
  },
  'proof-missing': {
    found: 'The DNS does not have the TXT record with this value yet',
    next: `Enter the TXT record where the domain is managed. Others may see it only after an hour; ${BY_ITSELF}`,
  },
  taken: {
    found:
      'Your TXT record is there, and so is the one of another organization that has the domain',
    next: 'Remove the other TXT record from the DNS, then check again',
  },
  nowhere: {
    found: 'The domain is yours; its name leads nowhere',
    next: `Enter the CNAME record, or A and AAAA records for a domain that can have none; ${BY_ITSELF}`,
  },
  elsewhere: {
    found: 'The domain is yours; its name leads to another address',
    next: 'Change it to the records below. Behind a proxy of yours it may stay: the app answers whoever passes the name on',
  },
};

const ACTIVE: Words = { found: 'The domain is yours and leads here', next: null };
const NOT_PUBLIC =
  'Share the app with everybody, by “Share” above its preview: until then visitors are told that it is not public';

const ONLY_HERE =
  'spt-flow itself answers on this machine only: whoever runs it starts it with --public-url and an address that others reach';

/** withPublicUrl says first what no record of a domain can make up for. */
export function withPublicUrl({ found, next }: Words, isOnlyHere: boolean): Words {
  return { found, next: isOnlyHere ? [ONLY_HERE, next].filter(Boolean).join('. ') : next };
}

/** wordsOf says what was found, and the one next step. */
export function wordsOf(claim: Claim, isAppPublic: boolean): Words {
  const { found, next } = claim.problem ? WORDS[claim.problem] : ACTIVE;
  const end = graceEndsAt(claim);
  if (end)
    return {
      found: `The TXT record is gone from the DNS. The app still answers until ${shown(end)}`,
      next: 'Enter the TXT record again, then check now',
    };
  return { found, next: next ?? (isAppPublic ? null : NOT_PUBLIC) };
}

function shown(moment: Date): string {
  return `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
