import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findCommand } from './chromium.mjs';
import { untilAnswering } from './container-engine.mjs';
import { capture } from './run.mjs';

/**
 * Nothing of it is a system service here, its own limits are higher than what every process may have, and crun refuses
 * hybrid cgroups.
 */
function configOf(directory) {
  return `
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "file"
tmp_dir = "${directory}/libpod"
[network]
network_backend = "netavark"
network_config_dir = "${directory}/networks"
`;
}

/** hasPodman: what it needs is there as well, and this process may use it. */
export function hasPodman() {
  return ['podman', 'runc'].every((name) => findCommand(name)) && process.getuid?.() === 0;
}

/** startPodman runs Podman's API, with nothing in it, beside whatever other engine runs. */
export async function startPodman() {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-podman-'));
  const at = (name) => path.join(directory, name);
  await writeFile(at('containers.conf'), configOf(directory));
  const env = { ...process.env, CONTAINERS_CONF: at('containers.conf') };
  const own = ['--root', at('root'), '--runroot', at('run')];
  const log = openSync(at('log'), 'a');
  const service = spawn(
    'podman',
    [...own, 'system', 'service', '--time=0', `unix://${at('podman.sock')}`],
    { env, stdio: ['ignore', log, log] },
  );
  const ended = once(service, 'exit');
  const stop = async () => {
    // Containers of Podman outlive its service.
    await capture('podman', [...own, 'system', 'reset', '--force'], { env });
    service.kill('SIGTERM');
    await ended;
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await untilAnswering({
      socket: at('podman.sock'),
      hasEnded: () => service.exitCode !== null,
      logOf: () => readFile(at('log'), 'utf8'),
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { socket: at('podman.sock'), stop };
}
