import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ETC_FILES } from './etc-files.ts';
import { isSystem, isWithin } from './toolchains.ts';

const run = promisify(execFile);
const PROBE_TIMEOUT_MS = 10_000;

/** Paths as processes in a sandboxed workspace see them. */
export const INSIDE = {
  project: '/workspace',
  home: '/home/dev',
  state: '/run/spt-flow/state',
  agent: '/run/spt-flow/agent',
} as const;

/** Parts of /etc that programs need and that hold no secrets. */
const ETC = [
  'alternatives',
  'bash.bashrc',
  'bash_completion',
  'bash_completion.d',
  'ca-certificates',
  'ca-certificates.conf',
  'crypto-policies',
  'default/locale',
  'environment.d',
  'fonts',
  'gai.conf',
  'host.conf',
  'inputrc',
  'java',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'locale.alias',
  'localtime',
  'magic',
  'mime.types',
  'nanorc',
  'nsswitch.conf',
  'os-release',
  'pki',
  'protocols',
  'resolv.conf',
  'rpc',
  'services',
  'ssl/certs',
  'ssl/openssl.cnf',
  'terminfo',
  'timezone',
  'vim',
  'zsh',
];

const NO_PRIVILEGE = ['--unshare-user', '--uid', '1000', '--gid', '1000', '--cap-drop', 'ALL'];

const OWN_NAMESPACES = ['pid', 'ipc', 'cgroup-try', 'uts'].map((name) => `--unshare-${name}`);

/** What every program expects to find, with nothing of this machine in it. */
const EMPTY_PLACES = [
  ...['--proc', '/proc', '--dev', '/dev'],
  ...['--tmpfs', '/tmp', '--tmpfs', '/run', '--dir', '/var/tmp'],
  ...['--symlink', '/run', '/var/run'],
];

export interface SandboxLayout {
  readonly hostname: string;
  /** Paths on this machine. */
  readonly project: string;
  readonly home: string;
  readonly state: string;
  readonly etc: string;
  readonly agentDirectory: string;
  readonly readOnly: readonly string[];
  /** Never visible, also where it lies inside of something that is shown. */
  readonly hidden: string;
}

/**
 * sandboxArguments builds bubblewrap's command line: an empty root that shows the system's programs read-only and
 * the workspace's own directories, without any privilege on this machine. Later mounts cover earlier ones.
 */
export function sandboxArguments(layout: SandboxLayout): string[] {
  return [
    ...NO_PRIVILEGE,
    ...[...OWN_NAMESPACES, '--hostname', layout.hostname],
    ...['--die-with-parent', '--new-session'],
    ...systemMounts(),
    ...EMPTY_PLACES,
    ...ETC.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...ETC_FILES.flatMap((name) => ['--ro-bind', path.join(layout.etc, name), `/etc/${name}`]),
    ...layout.readOnly
      .filter((file) => !isSystem(file))
      .flatMap((file) => ['--ro-bind-try', file, file]),
    ...hiddenMounts(layout),
    ...['--bind', layout.home, INSIDE.home],
    ...['--bind', layout.project, INSIDE.project],
    ...['--bind', layout.state, INSIDE.state],
    ...['--ro-bind', layout.agentDirectory, INSIDE.agent, '--chdir', INSIDE.project],
  ];
}

/** On merged-/usr systems /bin and its like are links, and must be links inside too. */
function systemMounts(): string[] {
  return ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/opt', '/nix', '/snap'].flatMap(
    (directory) => {
      if (!existsSync(directory)) return [];
      if (lstatSync(directory).isSymbolicLink())
        return ['--symlink', readlinkSync(directory), directory];
      return ['--ro-bind', directory, directory];
    },
  );
}

function hiddenMounts(layout: SandboxLayout): string[] {
  const shown =
    isSystem(layout.hidden) || layout.readOnly.some((file) => isWithin(layout.hidden, file));
  return shown ? ['--tmpfs', layout.hidden] : [];
}

export type SandboxProbe =
  | { readonly available: true; readonly program: string }
  | { readonly available: false; readonly reason: string };

/** probeSandbox runs a program in a sandbox like a workspace's, because many kernels and containers forbid one part of it or another. */
export async function probeSandbox(
  layout: SandboxLayout,
  program = 'bwrap',
): Promise<SandboxProbe> {
  try {
    await run(
      program,
      [
        ...sandboxArguments(layout),
        '--',
        '/bin/sh',
        '-c',
        'test -d /proc/self && : > /workspace/.probe && rm /workspace/.probe',
      ],
      {
        timeout: PROBE_TIMEOUT_MS,
        killSignal: 'SIGKILL',
      },
    );
    return { available: true, program };
  } catch (error) {
    return { available: false, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'bubblewrap is not installed';
  const stderr = 'stderr' in error ? String(error.stderr).trim() : '';
  return stderr.split('\n').at(-1) || error.message;
}
