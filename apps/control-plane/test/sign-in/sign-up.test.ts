import type { SignInConfig } from '@spt-flow/config/sign-in';
import { expect, it } from 'vitest';
import { useDatabases } from '../support/database.ts';
import { ADA, createSignInStage } from './sign-in-stage.ts';

const BEN = { email: 'ben@example.com', name: 'Ben', password: 'a quiet river in may' };
const OPEN: SignInConfig['signUp'] = { who: 'everybody', domains: null, role: 'readonly' };

const newDatabase = useDatabases();

async function signUp(settings: Partial<SignInConfig>, { isSetUp = true, person = BEN } = {}) {
  const { db } = await newDatabase();
  const stage = await createSignInStage(db, settings);
  if (isSetUp) await stage.setUp();
  const made = await stage.call('POST', '/auth/sign-up', { body: person });
  const me = await stage.call('GET', '/auth/me', { as: made.cookie });
  await stage.app.close();
  return { code: made.code, role: me.status === 200 ? me.data.role : undefined };
}

it('lets everybody make an account where that is wanted, with the role that is wanted', async () => {
  expect(await signUp({ signUp: OPEN })).toEqual({ code: undefined, role: 'readonly' });
});

it('is closed unless told, before there is an admin, and to addresses that nobody proved', async () => {
  const closed = await signUp({});
  const early = await signUp({ signUp: OPEN }, { isSetUp: false });
  const providers = await signUp({ signUp: { ...OPEN, who: 'providers' } });
  const unproved = await signUp({ signUp: { ...OPEN, domains: ['example.com'] } });
  const taken = await signUp({ signUp: OPEN }, { person: { ...BEN, email: ADA.email } });
  const passwordless = await signUp({ signUp: OPEN, passwords: false });

  expect([closed, early, providers, unproved, taken, passwordless].map(({ code }) => code)).toEqual(
    [...Array.from({ length: 4 }, () => 'signup_closed'), 'email_taken', 'passwords_off'],
  );
});
