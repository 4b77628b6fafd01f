import { SSH_HOST_SUFFIX } from '@spt-flow/shared/api/ssh';

/** Checked once, when a connection begins. */
export const VALID_MS = 5 * 60_000;
export const USER_EXTENSIONS = [
  'permit-agent-forwarding',
  'permit-port-forwarding',
  'permit-pty',
] as const;

export interface SshSubject {
  readonly workspace: { readonly id: string; readonly name: string };
  /** Account of the workspace. */
  readonly user: string;
  readonly hostKey: string;
  readonly userKey: string;
  /** Person and session, as the log of the workspace calls them. */
  readonly keyId: string;
}

/** IssuedCertificates are what one connection needs. */
export interface IssuedCertificates {
  readonly user: string;
  readonly host: string;
  /** Whose certificates the workspace has to let in. */
  readonly userAuthority: string;
  /** Of the certificate of the user, and its end. */
  readonly serial: bigint;
  readonly until: Date;
}

/** SshCertificates certify who logs in and which workspace answers, for one connection. */
export interface SshCertificates {
  /** By which clients know workspaces. */
  hostAuthority(): Promise<string>;
  issue(subject: SshSubject): Promise<IssuedCertificates>;
}

/** A certificate for one workspace opens no other one, although all trust the same authority. */
export function principalOf({ user, workspace }: Pick<SshSubject, 'user' | 'workspace'>): string {
  return `${user}@${workspace.id}`;
}

export function hostNamesOf({ workspace }: Pick<SshSubject, 'workspace'>): [string, string] {
  return [`${workspace.name}${SSH_HOST_SUFFIX}`, `${workspace.id}${SSH_HOST_SUFFIX}`];
}

export function hostKeyIdOf({ workspace }: Pick<SshSubject, 'workspace'>): string {
  return `workspace:${workspace.id}`;
}
