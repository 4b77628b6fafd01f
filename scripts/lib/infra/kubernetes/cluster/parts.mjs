import { existsSync } from 'node:fs';
import { bootstrap } from '../../../bootstrap.mjs';
import { findCommand } from '../../../chromium.mjs';

function command(name, packages) {
  return { name, packages, isPresent: () => Boolean(findCommand(name)) };
}

/** What the checks use from the system. */
const PARTS = [
  command('promtool', ['prometheus']),
  command('etcd', ['etcd-server']),
  command('unshare', ['util-linux']),
  command('ip', ['iproute2']),
  command('go', ['golang']),
  // Debian keeps it outside PATH of people.
  { name: 'squid', packages: ['squid'], isPresent: () => existsSync('/usr/sbin/squid') },
];

/** ensureKubernetesParts installs the system packages that the checks need, where it may, and otherwise says which. */
export function ensureKubernetesParts() {
  return bootstrap(PARTS);
}
