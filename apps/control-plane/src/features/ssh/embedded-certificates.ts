import { randomBytes } from 'node:crypto';
import { issueCertificate } from '@spt-flow/ssh/certificate';
import { publicLine } from '@spt-flow/ssh/keys';
import type { Clock } from '../../lib/clock.ts';
import type { SshAuthorities } from './authorities.ts';
import {
  hostKeyIdOf,
  hostNamesOf,
  principalOf,
  USER_EXTENSIONS,
  VALID_MS,
  type SshCertificates,
} from './ssh-certificates.ts';

/** What clocks of other machines may be behind. */
const BACKDATED_MS = 5 * 60_000;

/** createEmbeddedCertificates issues with keys of the installation. */
export function createEmbeddedCertificates(
  authorities: SshAuthorities,
  clock: Pick<Clock, 'now'>,
): SshCertificates {
  return {
    hostAuthority: async () => publicLine(authorities.host),

    async issue(subject) {
      const nowMs = clock.now().getTime();
      const serial = randomBytes(8).readBigUInt64BE();
      const until = new Date(nowMs + VALID_MS);
      const common = { serial, validFrom: new Date(nowMs - BACKDATED_MS), validUntil: until };
      return {
        ...{ serial, until, userAuthority: publicLine(authorities.user) },
        user: issueCertificate(authorities.user, {
          ...{ ...common, role: 'user', keyId: subject.keyId, extensions: USER_EXTENSIONS },
          publicKey: subject.userKey,
          principals: [principalOf(subject)],
        }),
        host: issueCertificate(authorities.host, {
          ...{ ...common, role: 'host', keyId: hostKeyIdOf(subject) },
          publicKey: subject.hostKey,
          principals: hostNamesOf(subject),
        }),
      };
    },
  };
}
