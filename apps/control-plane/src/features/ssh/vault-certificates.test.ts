import { expect, test } from 'vitest';
import { issueCertificate, type CertificateRequest } from '@spt-flow/ssh/certificate';
import { generateKey, publicLine } from '@spt-flow/ssh/keys';
import { createVaultCertificates } from './vault-certificates.ts';

const NOW = new Date('2026-11-27T12:00:00Z');
const [userKey, hostKey, otherKey] = [0, 1, 2].map(() => publicLine(generateKey()));
const authority = generateKey();
const subject = {
  ...{ workspace: { id: 'w1', name: 'demo' }, user: 'dev', keyId: 'user:ada session:s1' },
  ...{ userKey: userKey ?? '', hostKey: hostKey ?? '' },
};

/** As if Vault signed as it is asked, except for `change` of the user's certificate. */
function certificatesOf(change: Partial<CertificateRequest>) {
  const common = { serial: 7n, validFrom: NOW, validUntil: new Date(NOW.getTime() + 300_000) };
  const user: CertificateRequest = {
    ...{ ...common, role: 'user', keyId: subject.keyId, publicKey: subject.userKey },
    ...{ principals: ['dev@w1'], ...change },
  };
  const host: CertificateRequest = {
    ...{ ...common, role: 'host', keyId: 'workspace:w1', publicKey: subject.hostKey },
    principals: ['demo.spt-flow', 'w1.spt-flow'],
  };
  return createVaultCertificates({
    ask: async ({ path }) => ({
      ...{ lease_id: '', lease_duration: 0, renewable: false, errors: [] },
      data: {
        public_key: 'ssh-rsa AAAA',
        signed_key: `${issueCertificate(authority, path.startsWith('u') ? user : host)}\n`,
      },
    }),
    roles: { users: { mount: 'u', role: 'r' }, hosts: { mount: 'h', role: 'r' } },
    clock: { now: () => NOW },
  });
}

test('what Vault signed is used as it is', async () => {
  expect(await certificatesOf({}).issue(subject)).toMatchObject({
    ...{ serial: 7n, userAuthority: publicLine(authority) },
    until: new Date('2026-11-27T12:05:00Z'),
  });
});

test.each<[string, Partial<CertificateRequest>, string]>([
  ['a host', { role: 'host' }, 'is not for a user'],
  ['another key', { publicKey: otherKey ?? '' }, 'is of another key'],
  ['another workspace', { principals: ['dev@w2'] }, '"dev@w2" instead of "dev@w1"'],
  ['more workspaces', { principals: ['dev@w1', 'dev@w2'] }, 'instead of "dev@w1"'],
  ['hours', { validUntil: new Date('2026-11-27T14:00:00Z') }, 'for more than five minutes'],
])('a certificate for %s is refused', async (_what, change, words) => {
  await expect(certificatesOf(change).issue(subject)).rejects.toMatchObject({
    ...{ code: 'ssh_authority_failed', message: expect.stringContaining(words) },
  });
});

test('an authority with keys of another kind is refused, with what makes the right one', async () => {
  await expect(certificatesOf({}).hostAuthority()).rejects.toThrow('key_type=ed25519');
});
