import type { Environment } from '../runtime/spawn-group.ts';

export interface SshdConfig {
  readonly user: string;
  readonly hostKey: string;
  readonly hostCertificate: string;
  readonly userAuthorities: string;
  readonly principals: string;
  /** What sessions find in their environment. */
  readonly environment: Environment;
}

/** Of the connection, the client or the shell itself. */
const OF_SESSION = /^(?:TERM|PWD|OLDPWD|SHLVL|_|SSH_.*)$/;
const NAME = /^[A-Za-z_]\w*$/;

/**
 * sshdConfig is for one connection: only certificates of the control plane open it, and only the account of the
 * workspace. Forwarding is as free as the shell that the same person has. The files lie in the agent's own directory,
 * whose place sshd has no say in.
 */
export function sshdConfig(config: SshdConfig): string {
  const variables = Object.entries(config.environment).filter(isForSessions);
  return [
    `HostKey ${quote(config.hostKey)}`,
    `HostCertificate ${quote(config.hostCertificate)}`,
    `TrustedUserCAKeys ${quote(config.userAuthorities)}`,
    `AuthorizedPrincipalsFile ${quote(config.principals.replaceAll('%', '%%'))}`,
    'AuthorizedKeysFile none',
    `AllowUsers ${config.user}`,
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'UsePAM no',
    'StrictModes no',
    'UseDNS no',
    'LoginGraceTime 60',
    // Who has many keys in an agent offers some of them first.
    'MaxAuthTries 20',
    'MaxSessions 100',
    // The other end may be gone without a word.
    'ClientAliveInterval 30',
    'ClientAliveCountMax 3',
    'AllowAgentForwarding yes',
    'AllowTcpForwarding yes',
    'AllowStreamLocalForwarding yes',
    'StreamLocalBindUnlink yes',
    'X11Forwarding no',
    'PermitTunnel no',
    'PrintMotd no',
    'PrintLastLog no',
    'AcceptEnv COLORTERM LANG LC_*',
    'Subsystem sftp internal-sftp',
    'LogLevel INFO',
    // The first line is the only one that counts.
    ...(variables.length > 0
      ? [`SetEnv ${variables.map(([name, value]) => quote(`${name}=${value}`)).join(' ')}`]
      : []),
    '',
  ].join('\n');
}

/** A line break can't be written there; who needs one has a terminal. */
function isForSessions([name, value]: [string, string]): boolean {
  return NAME.test(name) && !OF_SESSION.test(name) && !/[\n\r\0]/.test(value);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
