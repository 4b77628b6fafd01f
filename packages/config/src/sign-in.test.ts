import { describe, expect, it } from 'vitest';
import { readControlPlaneConfig } from './control-plane.ts';

const DEFAULTS = { dataDirectory: '/data' };
const OIDC = { SPT_FLOW_OIDC_ISSUER: 'https://id.acme.com', SPT_FLOW_OIDC_CLIENT_ID: 'spt-flow' };
const GITHUB = { SPT_FLOW_GITHUB_CLIENT_ID: 'Iv1', SPT_FLOW_GITHUB_CLIENT_SECRET: 'secret' };

function signIn(environment: Record<string, string>) {
  const start = readControlPlaneConfig([], environment, DEFAULTS);
  if (start.kind === 'help') throw new Error('asked for help');
  return start.config.signIn;
}

describe('settings of the sign-in', () => {
  it('are passwords for invited people unless told', () => {
    expect(signIn({})).toMatchObject({
      oidc: null,
      github: null,
      passwords: true,
      signUp: { who: 'nobody', domains: null },
    });
  });

  it('map the three groups of the realm, or any others by their whole name', () => {
    const mapped = signIn({
      ...OIDC,
      SPT_FLOW_OIDC_ROLES: 'cn=ops,ou=acme = admin; /platform/devs=developer;',
    });

    expect(signIn(OIDC).oidc?.roles.map(({ group }) => group)).toEqual([
      'admins',
      'developers',
      'readonly',
    ]);
    expect(mapped.oidc?.roles).toEqual([
      { group: 'cn=ops,ou=acme', role: 'admin' },
      { group: '/platform/devs', role: 'developer' },
    ]);
  });

  it.each([
    [{ SPT_FLOW_OIDC_ISSUER: 'https://id.acme.com' }, 'belong together'],
    [{ SPT_FLOW_OIDC_CLIENT_SECRET: 'secret' }, 'belong together'],
    [{ ...OIDC, SPT_FLOW_OIDC_ISSUER: 'http://id.acme.com' }, 'must be an https URL'],
    [{ ...OIDC, SPT_FLOW_OIDC_ROLES: 'admins=root' }, 'must be group=role'],
    [{ ...OIDC, SPT_FLOW_OIDC_ROLES: '=admin' }, 'must be group=role'],
    [{ SPT_FLOW_GITHUB_CLIENT_ID: 'Iv1' }, 'belong together'],
    [{ SPT_FLOW_PASSWORD_SIGN_IN: 'false' }, 'needs another way'],
    [{ ...GITHUB, ENABLE_SIGNUP: 'providers' }, 'everybody with an account at GitHub'],
    [{ SPT_FLOW_SIGNUP_DOMAINS: 'acme.com,*' }, 'must be domains'],
  ])('are refused when they are half of something (%j)', (environment, text) => {
    expect(() => signIn(environment)).toThrow(text);
  });

  it('permit an issuer on this machine without encryption', () => {
    expect(
      signIn({ ...OIDC, SPT_FLOW_OIDC_ISSUER: 'http://localhost:8080/realms/agent-sandbox' }).oidc,
    ).toMatchObject({ issuer: 'http://localhost:8080/realms/agent-sandbox' });
  });
});
