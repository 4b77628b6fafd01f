import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findCommand } from './chromium.mjs';
import { untilAnswering } from './container-engine.mjs';
import { Failure } from './failure.mjs';
import { capture } from './run.mjs';

/** Its API, its network, the processes that wait for containers, and what root and others start them with. */
export const PODMAN_PROGRAMS = ['podman', 'runc', 'crun', 'catatonit', 'slirp4netns', 'newuidmap'];

/** Nothing of it is a system service here, and its own limits are higher than what every process may have. */
function configOf({ directory, runtime }) {
  return `
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
runtime = "${runtime}"
events_logger = "file"
tmp_dir = "${directory}/libpod"
[network]
network_backend = "netavark"
network_config_dir = "${directory}/networks"
`;
}

/** hasPodman: what it needs is there as well, and this process may use it. */
export function hasPodman() {
  return PODMAN_PROGRAMS.every((name) => findCommand(name)) && process.getuid?.() === 0;
}

/**
 * startPodman runs Podman's API as root, with nothing in it, beside whatever other engine runs; `checksHealth` has it look
 * after the health of containers, which systemd does elsewhere.
 */
export async function startPodman({ checksHealth = false } = {}) {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-podman-'));
  const at = (name) => path.join(directory, name);
  // crun refuses hybrid cgroups.
  await writeFile(at('containers.conf'), configOf({ directory, runtime: 'runc' }));
  const env = { ...process.env, CONTAINERS_CONF: at('containers.conf') };
  if (checksHealth) env.DISABLE_HC_SYSTEMD = 'true';
  const own = ['--root', at('root'), '--runroot', at('run')];
  const service = serve({ directory, command: ['podman', ...own], env });
  const checks =
    checksHealth && watchHealth((...args) => capture('podman', [...own, ...args], { env }));
  const stop = async () => {
    await (checks && checks.stop());
    // Containers of Podman outlive its service; a reset beside it may wait forever.
    await capture('podman', [...own, 'rm', '--all', '--force', '--time', '0'], { env });
    await service.end('SIGTERM');
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  // As systemd's unit of Podman has it: whoever is in the group may use it.
  const open = () => chmod(at('podman.sock'), 0o660);
  await unlessFailing(service.answering.then(open), stop);
  return { socket: at('podman.sock'), stop };
}

/** Of most services in docker/compose.yaml. */
const HEALTH_PAUSE_MS = 10_000;

function watchHealth(podman) {
  const ending = new AbortController();
  const { signal } = ending;
  const watch = async () => {
    while (!signal.aborted) {
      const { output } = await podman('ps', '--quiet', '--no-trunc');
      // One without a check says so, which is no harm.
      for (const id of output.split('\n').filter((line) => /^[0-9a-f]{64}$/.test(line)))
        await podman('healthcheck', 'run', id);
      await delay(HEALTH_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  const ended = watch();
  return {
    async stop() {
      ending.abort();
      await ended;
    },
  };
}

/**
 * What a login of a person is to systemd: a group of processes that may limit nothing, and devices that everybody may
 * use. It is seen in here only.
 */
const LOGIN = `set -e
mount --make-rprivate /
mount --make-rshared /
[ -e /sys/fs/cgroup/cgroup.controllers ] || { umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; }
mkdir -p "/sys/fs/cgroup/$ACCOUNT/login"
echo $$ > "/sys/fs/cgroup/$ACCOUNT/login/cgroup.procs"
mkdir "$DIRECTORY/dev"
mount -t tmpfs -o mode=755 none "$DIRECTORY/dev"
mknod -m 666 "$DIRECTORY/dev/tun" c 10 200
mount --bind "$DIRECTORY/dev/tun" /dev/net/tun
cd "$DIRECTORY"
exec setpriv --reuid "$ACCOUNT" --regid "$ACCOUNT" --init-groups "$@"
`;
const LOGOUT = `
[ -e /sys/fs/cgroup/cgroup.controllers ] || { umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; }
until rmdir "/sys/fs/cgroup/$ACCOUNT/login" "/sys/fs/cgroup/$ACCOUNT"; do sleep 0.1; done
`;
const APART = ['unshare', '--mount', '--propagation', 'private'];

/** startRootlessPodman runs Podman's API as a new account that may do nothing but have subordinate accounts. */
export async function startRootlessPodman() {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-rootless-'));
  const at = (name) => path.join(directory, name);
  const account = path.basename(directory).toLowerCase();
  await must('useradd', ['--no-create-home', '--home-dir', directory, account]);
  await writeFile(at('containers.conf'), configOf({ directory, runtime: 'crun' }));
  await must('chown', ['--recursive', `${account}:${account}`, directory]);
  const { PATH } = process.env;
  const env = { PATH, ACCOUNT: account, DIRECTORY: directory, HOME: directory };
  Object.assign(env, { XDG_RUNTIME_DIR: directory, CONTAINERS_CONF: at('containers.conf') });
  const own = ['--storage-driver', 'overlay', '--root', at('root'), '--runroot', at('run')];
  // What it starts are this init's descendants, and end with it.
  const init = ['--pid', '--fork', '--kill-child', '--mount-proc', 'catatonit', '--'];
  const command = [...APART, ...init, 'sh', '-c', LOGIN, 'login', 'podman', ...own];
  const service = serve({ directory, command, env });
  const stop = async () => {
    await service.end('SIGKILL');
    await must(APART[0], [...APART.slice(1), 'sh', '-c', LOGOUT], { env });
    await must('userdel', ['--force', account]);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  await unlessFailing(service.answering, stop);
  return { socket: at('podman.sock'), stop };
}

function serve({ directory, command: [program, ...args], env }) {
  const at = (name) => path.join(directory, name);
  const log = openSync(at('log'), 'a');
  const call = [...args, 'system', 'service', '--time=0', `unix://${at('podman.sock')}`];
  const service = spawn(program, call, { env, stdio: ['ignore', log, log] });
  const ended = once(service, 'exit');
  return {
    answering: untilAnswering({
      socket: at('podman.sock'),
      hasEnded: () => service.exitCode !== null,
      logOf: () => readFile(at('log'), 'utf8'),
    }),
    async end(signal) {
      service.kill(signal);
      await ended;
    },
  };
}

async function unlessFailing(work, stop) {
  try {
    await work;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function must(command, args, options) {
  const { exitCode, output } = await capture(command, args, options);
  if (exitCode !== 0) throw new Failure(`'${command}' failed`, { output });
}
