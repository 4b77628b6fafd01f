import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { buildApps } from './build-apps.mjs';
import { Failure, endWith } from './failure.mjs';
import { ensureInstalled } from './install.mjs';
import { inRoot } from './root.mjs';

const SERVER = 'apps/control-plane/dist/server.js';
const INFORMATION_FLAGS = ['--help', '-h', '--version'];
/** npm repeats a Ctrl-C that the terminal has already delivered; only a later one is meant as a second. */
const REPEATED_SIGNAL_MS = 1_000;

/** startProduct installs and builds what is needed, then runs the control plane until it ends. */
export function startProduct(args) {
  return endWith(async () => {
    const onlyInforms = args.some((arg) => INFORMATION_FLAGS.includes(arg));
    if (!onlyInforms || !existsSync(inRoot(SERVER))) {
      await ensureInstalled();
      await buildApps(onlyInforms ? ['control-plane'] : undefined);
    }
    return runServer(args);
  });
}

/**
 * The server runs in a process group of its own, so that every signal reaches it exactly once, from
 * here. It also gets a channel to this process: its closing tells the server that nobody waits any more.
 */
function runServer(args) {
  const server = spawn(process.execPath, ['--enable-source-maps', inRoot(SERVER), ...args], {
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, forwarder(server, signal));
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Failure(`The control plane could not be started: ${error.message}`)),
    );
    server.once('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : code));
  });
}

function forwarder(server, signal) {
  let lastMs = -Infinity;
  return () => {
    const nowMs = performance.now();
    if (nowMs - lastMs < REPEATED_SIGNAL_MS) return;
    lastMs = nowMs;
    server.kill(signal);
  };
}
