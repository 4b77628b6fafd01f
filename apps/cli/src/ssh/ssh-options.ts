import { SSH_HOST_SUFFIX } from '@spt-flow/shared/api/ssh';
import { CERTIFICATE_TYPE } from '@spt-flow/ssh/certificate';

export interface SshOptions {
  /** The command that runs this program. */
  readonly program: readonly string[];
  readonly server: string;
  /** As ssh reads it: with `%n` for the host. */
  readonly agentSocket: string;
  readonly knownHosts: string;
  readonly platform: NodeJS.Platform;
}

type Setting = readonly [name: string, value: string];

/** Place is a port of this machine behind which a workspace is. */
export interface Place {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly agentSocket: string;
  readonly knownHosts: string;
}

/** sshOptions are how ssh reaches workspaces, and nothing of how it works once it is there. */
export function sshOptions(options: SshOptions): readonly Setting[] {
  return [['ProxyCommand', proxyCommand(options)], ...trust(options)];
}

/** hostConfig is a whole configuration of ssh for one workspace that is reached at a port of this machine. */
export function hostConfig(host: string, place: Place): string {
  const { address, port, user, agentSocket, knownHosts: known } = place;
  const settings: readonly Setting[] = [
    ['HostName', address],
    ['Port', String(port)],
    ['User', user],
    ['HostKeyAlias', host],
    ...trust({ agentSocket: escapePercent(agentSocket), knownHosts: known }),
  ];
  return `Host ${host}\n${settings.map(([name, value]) => `  ${name} ${value}\n`).join('')}`;
}

/** The key that is shown, and whom it is shown to. */
function trust(options: Pick<SshOptions, 'agentSocket' | 'knownHosts'>): readonly Setting[] {
  return [
    ['IdentityAgent', quote(options.agentSocket)],
    ['IdentityFile', 'none'],
    ['PreferredAuthentications', 'publickey'],
    ['UserKnownHostsFile', quote(escapePercent(options.knownHosts))],
    // Workspaces are certified: there is no host to get to know, and none whose key changed.
    ['StrictHostKeyChecking', 'yes'],
    ['HostKeyAlgorithms', CERTIFICATE_TYPE],
    ['UpdateHostKeys', 'no'],
    ['CheckHostIP', 'no'],
    ['VerifyHostKeyDNS', 'no'],
  ];
}

/** knownHosts trusts what the server certifies, and for nothing but workspaces. */
export function knownHosts(hostAuthority: string): string {
  return `@cert-authority *${SSH_HOST_SUFFIX} ${hostAuthority}\n`;
}

/** ssh gives this to the person's shell, whichever that is. */
function proxyCommand({ program, server, agentSocket, platform }: SshOptions): string {
  const quoted = platform === 'win32' ? quote : singleQuote;
  const fixed = [...program, 'ssh-proxy', '--server', server].map((word) =>
    quoted(escapePercent(word)),
  );
  const told = ['--agent-socket', agentSocket, '--login-user', '%r', '--', '%n'].map(quoted);
  return [...fixed, ...told].join(' ');
}

function escapePercent(text: string): string {
  return text.replaceAll('%', '%%');
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}

function singleQuote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
