import type { SshAuthorities } from './authorities.ts';
import { createSshCertificates } from './ssh-certificates.ts';
import { createSshGateway, type SshGateway, type SshGatewayDeps } from './ssh-gateway.ts';
import { createSshHosts, type SshHosts, type SshHostsDeps } from './ssh-hosts.ts';

export interface SshDeps extends Omit<SshGatewayDeps, 'certificates' | 'hosts' | 'workspaces'> {
  readonly authorities: SshAuthorities;
  readonly workspaces: SshGatewayDeps['workspaces'] & SshHostsDeps['workspaces'];
}

export interface Ssh extends SshGateway {
  readonly hosts: SshHosts;
}

/** createSsh puts the feature together. */
export function createSsh(deps: SshDeps): Ssh {
  const certificates = createSshCertificates(deps.authorities, deps.clock);
  const hosts = createSshHosts({ ...deps, certificates });
  return { hosts, ...createSshGateway({ ...deps, certificates, hosts }) };
}
