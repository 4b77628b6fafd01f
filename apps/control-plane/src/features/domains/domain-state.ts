/** What is wrong with a domain, as the last look at the DNS found it. */
export type DomainProblem = 'dns-silent' | 'proof-missing' | 'taken' | 'nowhere' | 'elsewhere';

/** A claim is what an organization says about a domain, and how far that was proven. */
export interface Claim {
  readonly state: 'pending' | 'verified' | 'active' | 'failing';
  readonly problem: DomainProblem | null;
  readonly proofMissingSince: Date | null;
  readonly claimedAt: Date;
}

/** Look is what the DNS says of a domain, for one organization. */
export interface Look {
  readonly proof: 'there' | 'missing' | 'unknown';
  readonly leads: 'here' | 'elsewhere' | 'nowhere' | 'unknown';
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A record that somebody deleted by mistake takes no site down at once. */
const PROOF_GRACE_MS = 3 * DAY_MS;
const CLAIM_MS = 7 * DAY_MS;
/** Somebody sits before it meanwhile. */
const FRESH_CLAIM_MS = 60 * MINUTE_MS;

/** afterLook is the one rule of how a claim goes on. Where the DNS is silent nothing changes: an outage of it proves nothing. */
export function afterLook(claim: Claim, { proof, leads }: Look, now: Date): Claim {
  if (proof === 'unknown') return { ...claim, problem: 'dns-silent' };
  if (proof === 'missing') return withoutProof(claim, now);
  const proven = { ...claim, proofMissingSince: null };
  if (leads === 'here') return { ...proven, state: 'active', problem: null };
  if (leads === 'unknown')
    return { ...proven, state: atLeastVerified(claim.state), problem: 'dns-silent' };
  const wasActive = claim.state === 'active' || claim.state === 'failing';
  return { ...proven, state: wasActive ? 'failing' : 'verified', problem: leads };
}

/** lapsed is a claim that has lost its proof: another organization may have the domain now. */
export function lapsed(claim: Claim, now: Date): Claim {
  return {
    ...claim,
    state: 'pending',
    problem: 'proof-missing',
    proofMissingSince: null,
    claimedAt: now,
  };
}

/** graceEndsAt is until when the app still answers at a domain whose proof is gone. */
export function graceEndsAt({ proofMissingSince }: Claim): Date | null {
  return proofMissingSince && new Date(proofMissingSince.getTime() + PROOF_GRACE_MS);
}

/** claimEndsAt is when a claim without proof is given up; null: it is proven. */
export function claimEndsAt({ state, claimedAt }: Claim): Date | null {
  return state === 'pending' ? new Date(claimedAt.getTime() + CLAIM_MS) : null;
}

/** oldestClaim is since when a claim without proof is too old at that time. */
export function oldestClaim(now: Date): Date {
  return new Date(now.getTime() - CLAIM_MS);
}

export function nextCheckAt({ state, claimedAt }: Claim, now: Date): Date {
  const isFresh = now.getTime() - claimedAt.getTime() < FRESH_CLAIM_MS;
  const minutes = { pending: isFresh ? 2 : 30, verified: 5, active: 60, failing: 10 }[state];
  return new Date(now.getTime() + minutes * MINUTE_MS);
}

function withoutProof(claim: Claim, now: Date): Claim {
  if (claim.state === 'pending') return { ...claim, problem: 'proof-missing' };
  const failing: Claim = {
    ...claim,
    state: 'failing',
    problem: 'proof-missing',
    proofMissingSince: claim.proofMissingSince ?? now,
  };
  const end = graceEndsAt(failing);
  return end && end <= now ? lapsed(claim, now) : failing;
}

function atLeastVerified(state: Claim['state']): Claim['state'] {
  return state === 'pending' ? 'verified' : state;
}
