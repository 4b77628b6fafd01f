import { spawnSync } from 'node:child_process';
import { findCommand } from './chromium.mjs';
import { Failure } from './failure.mjs';
import { say, withProgress } from './progress.mjs';
import { capture } from './run.mjs';
import { SYSTEM_PARTS } from './system-parts.mjs';

/** bootstrap installs the system packages that tests need, where it may, and otherwise says which. */
export async function bootstrap(parts = SYSTEM_PARTS) {
  const missing = parts.filter((part) => !part.isPresent());
  if (missing.length === 0) return;
  const packages = missing.flatMap((part) => part.packages);
  const prefix = aptGetPrefix();
  if (prefix) await install(prefix, packages);
  report(missing.filter((part) => !part.isPresent()));
}

async function install(prefix, packages) {
  await withProgress(`Installing system packages: ${packages.join(', ')}`, async () => {
    await aptGet([...prefix, 'update', '-q']);
    await aptGet([...prefix, 'install', '-q', '-y', '--no-install-recommends', ...packages]);
  });
}

/** undefined where this user or this system has no apt-get to use without being asked. */
function aptGetPrefix() {
  if (!findCommand('apt-get')) return undefined;
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  if (process.getuid?.() === 0) return command;
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
    ? ['sudo', '-n', ...command]
    : undefined;
}

async function aptGet([command, ...args]) {
  const { exitCode, output } = await capture(command, args);
  if (exitCode !== 0) say(output.trimEnd());
}

function report(missing) {
  if (missing.length === 0) return;
  const names = missing.map((part) => part.name).join(', ');
  const packages = missing.flatMap((part) => part.packages).join(' ');
  const message = `Tests need ${names}: install with 'apt-get install ${packages}', or by your system's means`;
  if (process.env.CI) throw new Failure(message);
  say(message);
}
