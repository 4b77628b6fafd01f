import { join } from 'node:path';
import { isExecutable } from '../system/is-executable.ts';

/** Where it is not in PATH, as for anybody but root. */
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

export const NO_SSHD = {
  what: 'This machine has no sshd',
  remedy:
    'Install it for `spt-flow ssh`: `apt install openssh-server`, `dnf install openssh-server` or `apk add openssh-server`. It need not run as a service, and everything else works without',
} as const;

/** findSshd returns the absolute path of OpenSSH's server, which it demands of those who start it; undefined without one. */
export function findSshd(path: string): string | undefined {
  return [...path.split(':'), ...SBIN]
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, 'sshd'))
    .find(isExecutable);
}
