import { users } from '@spt-flow/db/schema';
import { describe, expect, it } from 'vitest';
import { BEN, useOidcStage } from './oidc-stage.ts';
import { follow } from './sign-in-stage.ts';

describe('an answer of an OpenID Connect provider', () => {
  const on = useOidcStage();

  const tokens: [string, (claims: object) => object, object?][] = [
    ['for another nonce', (claims) => ({ ...claims, nonce: 'another' })],
    ['for another client', (claims) => ({ ...claims, aud: 'another' })],
    ['of another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['that has expired', (claims) => ({ ...claims, exp: 1_700_000_000, iat: 1_700_000_000 - 60 })],
    ['without a signature', (claims) => claims, { alg: 'none' }],
    ['with a signature of another kind', (claims) => claims, { alg: 'HS256' }],
  ];

  async function withToken(change: (claims: object) => string): Promise<string | null> {
    const begun = await on.stage.begin('oidc');
    const nonce = new URL(begun.data.url).searchParams.get('nonce');
    const at = Math.floor(Date.now() / 1000);
    const claims = {
      iss: on.provider.issuer,
      aud: 'spt-flow',
      nonce,
      iat: at,
      exp: at + 60,
      ...BEN,
    };
    const back = await follow(begun.data.url);
    on.provider.state.intercept = (request, response) => {
      if (request.url !== '/token') return false;
      const body = { access_token: 'a', token_type: 'Bearer', id_token: change(claims) };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
      return true;
    };
    return (await on.stage.comeBack(back, begun.cookie)).problem;
  }

  it.each(tokens)('%s opens nothing', async (_name, change, header) => {
    expect(await withToken((claims) => on.provider.sign(change(claims), header))).toBe(
      'sign_in_failed',
    );
    expect(await on.db.$count(users)).toBe(1);
  });

  it('with a changed body opens nothing', async () => {
    const forge = (claims: object) => {
      const [header, , signature] = on.provider.sign(claims).split('.');
      const body = Buffer.from(JSON.stringify({ ...claims, sub: 'ada' })).toString('base64url');
      return `${header ?? ''}.${body}.${signature ?? ''}`;
    };

    expect(await withToken(forge)).toBe('sign_in_failed');
  });

  it('is of use once, in the browser that asked, for what was asked', async () => {
    const begun = await on.stage.begin('oidc');
    const other = await on.stage.begin('oidc');
    const back = await follow(begun.data.url);
    const forged = new URL(back);
    forged.searchParams.set('state', new URL(other.data.url).searchParams.get('state') ?? '');
    const mixedUp = new URL(back);
    mixedUp.searchParams.set('iss', 'https://evil.example');

    const problems = [];
    for (const [address, cookie] of [
      [back, ''],
      [back, other.cookie],
      [forged.href, begun.cookie],
      [forged.href, other.cookie],
      [mixedUp.href, begun.cookie],
      [back.replace('/oidc?', '/github?'), begun.cookie],
    ] as const)
      problems.push((await on.stage.comeBack(address, cookie)).problem);
    const right = await on.stage.comeBack(back, begun.cookie);
    const replayed = await on.stage.comeBack(back, begun.cookie);

    expect(problems).toEqual([
      'sign_in_expired',
      'sign_in_expired',
      'sign_in_expired',
      'sign_in_failed',
      'sign_in_failed',
      'sign_in_expired',
    ]);
    expect([right.problem, replayed.problem]).toEqual([null, 'sign_in_failed']);
  });

  it('that comes too late, or says no, is told in plain words', async () => {
    const begun = await on.stage.begin('oidc');
    const back = await follow(begun.data.url);
    on.provider.state.person = { subject: '', claims: {} };
    const refused = await on.signIn();
    on.stage.later(16 * 60_000);

    expect(refused.problem).toBe('sign_in_cancelled');
    expect((await on.stage.comeBack(back, begun.cookie)).problem).toBe('sign_in_expired');
  });
});
