import type { SshCertificates } from './ssh-certificates.ts';
import { createSshGateway, type SshGateway, type SshGatewayDeps } from './ssh-gateway.ts';
import { createSshHosts, type SshHosts, type SshHostsDeps } from './ssh-hosts.ts';

export interface SshDeps extends Omit<SshGatewayDeps, 'certificates' | 'hosts' | 'workspaces'> {
  readonly certificates: SshCertificates;
  readonly workspaces: SshGatewayDeps['workspaces'] & SshHostsDeps['workspaces'];
}

export interface Ssh extends SshGateway {
  readonly hosts: SshHosts;
}

/** createSsh puts the feature together. */
export function createSsh(deps: SshDeps): Ssh {
  const hosts = createSshHosts(deps);
  return { hosts, ...createSshGateway({ ...deps, hosts }) };
}
