import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { findChromium, findCommand } from './chromium.mjs';
import { PODMAN_PROGRAMS } from './podman.mjs';

/** What the tests use from the system: how to see that it is there, and the Debian packages that bring it. */
export const SYSTEM_PARTS = [
  { name: 'git', packages: ['git'], isPresent: () => Boolean(findCommand('git')) },
  { name: 'git-lfs', packages: ['git-lfs'], isPresent: () => Boolean(findCommand('git-lfs')) },
  { name: 'bubblewrap', packages: ['bubblewrap'], isPresent: () => Boolean(findCommand('bwrap')) },
  { name: 'Chromium', packages: ['chromium'], isPresent: () => Boolean(findChromium()) },
  { name: 'Python with venv', packages: ['python3', 'python3-venv'], isPresent: hasPythonVenv },
  { name: 'Go', packages: ['golang'], isPresent: () => Boolean(findCommand('go')) },
  { name: 'PostgreSQL', packages: ['postgresql'], isPresent: hasPostgres },
  { name: 'ssh', packages: ['openssh-client'], isPresent: () => Boolean(findCommand('ssh')) },
  { name: 'sshd', packages: ['openssh-server'], isPresent: () => Boolean(findCommand('sshd')) },
  { name: 'rsync', packages: ['rsync'], isPresent: () => Boolean(findCommand('rsync')) },
  { name: 'curl', packages: ['curl'], isPresent: () => Boolean(findCommand('curl')) },
  { name: 'tmux', packages: ['tmux'], isPresent: () => Boolean(findCommand('tmux')) },
  { name: 'vim', packages: ['vim'], isPresent: () => Boolean(findCommand('vim')) },
  { name: 'less', packages: ['less'], isPresent: () => Boolean(findCommand('less')) },
  { name: 'htop', packages: ['htop'], isPresent: () => Boolean(findCommand('htop')) },
  { name: 'Docker', packages: ['docker.io', 'iptables'], isPresent: hasDocker },
  {
    name: 'Podman',
    packages: [
      ...['podman', 'runc', 'crun', 'catatonit', 'netavark', 'aardvark-dns'],
      ...['slirp4netns', 'uidmap'],
    ],
    isPresent: () => PODMAN_PROGRAMS.every((name) => findCommand(name)),
  },
  { name: 'etcd', packages: ['etcd-server'], isPresent: () => Boolean(findCommand('etcd')) },
  { name: 'iproute2', packages: ['iproute2'], isPresent: () => Boolean(findCommand('ip')) },
  { name: 'Caddy', packages: ['caddy'], isPresent: () => Boolean(findCommand('caddy')) },
  {
    name: 'docker-registry',
    packages: ['docker-registry'],
    isPresent: () => Boolean(findCommand('docker-registry')),
  },
  {
    name: 'debootstrap',
    packages: ['debootstrap'],
    isPresent: () => Boolean(findCommand('debootstrap')),
  },
];

function hasPythonVenv() {
  return spawnSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status === 0;
}

function hasDocker() {
  return Boolean(findCommand('dockerd')) && Boolean(findCommand('iptables'));
}

/** Debian keeps the server's programs outside PATH. */
function hasPostgres() {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base) : [];
  return (
    Boolean(findCommand('initdb')) ||
    versions.some((version) => existsSync(path.join(base, version, 'bin/initdb')))
  );
}
