import { describe, expect, it } from 'vitest';
import { afterLook, claimEndsAt, graceEndsAt, type Claim, type Look } from './domain-state.ts';

const NOW = new Date('2026-11-27T12:00:00Z');
const DAY_MS = 24 * 3_600_000;

function later(days: number): Date {
  return new Date(NOW.getTime() + days * DAY_MS);
}

function claim(state: Claim['state'], rest: Partial<Claim> = {}): Claim {
  return { state, problem: null, proofMissingSince: null, claimedAt: NOW, ...rest };
}

describe('a claim', () => {
  it.each<[Claim['state'], Look['proof'], Look['leads'], Claim['state'], Claim['problem']]>([
    ['pending', 'missing', 'here', 'pending', 'proof-missing'],
    ['pending', 'unknown', 'here', 'pending', 'dns-silent'],
    ['pending', 'there', 'nowhere', 'verified', 'nowhere'],
    ['pending', 'there', 'unknown', 'verified', 'dns-silent'],
    ['pending', 'there', 'here', 'active', null],
    ['verified', 'there', 'elsewhere', 'verified', 'elsewhere'],
    ['verified', 'there', 'here', 'active', null],
    ['active', 'there', 'elsewhere', 'failing', 'elsewhere'],
    ['active', 'there', 'unknown', 'active', 'dns-silent'],
    ['active', 'missing', 'here', 'failing', 'proof-missing'],
    ['active', 'unknown', 'unknown', 'active', 'dns-silent'],
    ['failing', 'there', 'nowhere', 'failing', 'nowhere'],
    ['failing', 'there', 'here', 'active', null],
  ])('that is %s, with a proof that is %s and leads %s, becomes %s', (from, ...rest) => {
    const [proof, leads, state, problem] = rest;

    expect(afterLook(claim(from), { proof, leads }, NOW)).toMatchObject({ state, problem });
  });

  it('is lost days after its proof was last seen, and counts as a claim anew from then on', () => {
    const missing: Look = { proof: 'missing', leads: 'here' };
    const failing = afterLook(claim('active'), missing, NOW);

    expect(graceEndsAt(failing)).toEqual(later(3));
    expect(afterLook(failing, missing, later(2.9)).state).toBe('failing');
    const lost = afterLook(failing, missing, later(3));
    expect(lost).toMatchObject({ state: 'pending', claimedAt: later(3), proofMissingSince: null });
    expect(claimEndsAt(lost)).toEqual(later(10));
  });

  it('has its whole time again when the proof comes back', () => {
    const failing = claim('failing', { proofMissingSince: NOW });

    expect(afterLook(failing, { proof: 'there', leads: 'here' }, later(1))).toEqual(
      claim('active'),
    );
  });
});
