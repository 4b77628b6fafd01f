import { SSH_HOST_SUFFIX } from '@spt-flow/shared/api/ssh';
import { issueCertificate } from '@spt-flow/ssh/certificate';
import { publicLine } from '@spt-flow/ssh/keys';
import type { Clock } from '../../lib/clock.ts';
import type { SshAuthorities } from './authorities.ts';

/** Checked once, when a connection begins. */
const VALID_MS = 5 * 60_000;
/** What clocks of other machines may be behind. */
const BACKDATED_MS = 5 * 60_000;
const EXTENSIONS = ['permit-agent-forwarding', 'permit-port-forwarding', 'permit-pty'];

export interface SshSubject {
  readonly workspace: { readonly id: string; readonly name: string };
  /** Account of the workspace. */
  readonly user: string;
  readonly hostKey: string;
  readonly userKey: string;
  readonly serial: bigint;
  /** Person and session, as the log of the workspace calls them. */
  readonly keyId: string;
}

export type SshCertificates = ReturnType<typeof createSshCertificates>;

/** createSshCertificates issues what one connection needs: who logs in and which workspace answers. */
export function createSshCertificates(authorities: SshAuthorities, clock: Pick<Clock, 'now'>) {
  return {
    hostAuthority: publicLine(authorities.host),
    userAuthority: publicLine(authorities.user),

    /** A certificate for one workspace opens no other one, although all trust the same authority. */
    principalOf: ({ user, workspace }: Pick<SshSubject, 'user' | 'workspace'>) =>
      `${user}@${workspace.id}`,

    issue(subject: SshSubject): { user: string; host: string; until: Date } {
      const { workspace, serial, keyId } = subject;
      const nowMs = clock.now().getTime();
      const common = {
        serial,
        validFrom: new Date(nowMs - BACKDATED_MS),
        validUntil: new Date(nowMs + VALID_MS),
      };
      return {
        until: common.validUntil,
        user: issueCertificate(authorities.user, {
          ...{ ...common, role: 'user', keyId, extensions: EXTENSIONS },
          publicKey: subject.userKey,
          principals: [this.principalOf(subject)],
        }),
        host: issueCertificate(authorities.host, {
          ...{ ...common, role: 'host', keyId: `workspace:${workspace.id}` },
          publicKey: subject.hostKey,
          principals: [`${workspace.name}${SSH_HOST_SUFFIX}`, `${workspace.id}${SSH_HOST_SUFFIX}`],
        }),
      };
    },
  };
}
