import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readControlPlaneConfig } from '@spt-flow/config/control-plane';
import { defaultDataDirectory } from './boot/data-directory.ts';
import { startControlPlane, type RunningControlPlane } from './boot/start.ts';
import { startFailureText } from './boot/start-error.ts';
import { readVersion } from './boot/version.ts';

/** A stop that hangs must not keep the terminal: whatever is left is ended by the parts' own guards. */
const FORCED_EXIT_MS = 30_000;

const distribution = path.dirname(fileURLToPath(import.meta.url));

async function main(): Promise<void> {
  const start = readControlPlaneConfig(process.argv.slice(2), process.env, {
    dataDirectory: defaultDataDirectory(process.env),
  });
  if (start.kind === 'help') {
    process.stdout.write(start.text);
    return;
  }
  const abort = new AbortController();
  const stopRequested = nextSignal();
  void stopRequested.then(() => abort.abort());
  const running = await startControlPlane({
    ...start,
    version: readVersion(distribution),
    distribution,
    logToStandardOutput: !process.stdout.isTTY,
    environment: process.env,
    homeDirectory: homedir(),
    signal: abort.signal,
    report: (step) => process.stderr.write(`${step}\n`),
  }).catch((error: unknown) => {
    // Told to stop before it had started.
    if (abort.signal.aborted) return undefined;
    throw error;
  });
  if (!running) return;
  process.stdout.write(`Open ${running.link}\n`);
  const failure = await Promise.race([stopRequested, running.failed]);
  if (failure === undefined) {
    process.stderr.write('Stopping\n');
    return stop(running);
  }
  process.stderr.write(
    `spt-flow can't go on: ${failure}. What was saved is safe: start spt-flow again\n`,
  );
  process.exitCode = 1;
  // Whatever fails now fails because of what was just told.
  await stop(running).catch(() => undefined);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function nextSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.on(signal, () => resolve(undefined));
  });
}

async function stop(running: RunningControlPlane): Promise<void> {
  setTimeout(() => process.exit(1), FORCED_EXIT_MS).unref();
  await running.stop();
}

main().then(
  // Idle sockets of libraries must not delay the end.
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`spt-flow can't start: ${startFailureText(error)}\n`);
    process.exit(1);
  },
);
