import { setTimeout as sleep } from 'node:timers/promises';
import { basename } from 'node:path';
import { readStatus, type ConnectionStatus } from '../connection/status.ts';
import { runProgram, tryProgram } from '../system/run-program.ts';
import { statePaths } from '../system/state-directory.ts';
import { LAYOUT } from './layout.ts';

const CONNECT_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

const AGENT = basename(LAYOUT.units.agent);
const REQUEST = basename(LAYOUT.units.uninstallRequest);

/** Answers when it began to. */
export async function startService(): Promise<number> {
  await runProgram('systemctl', ['daemon-reload']);
  await runProgram('systemctl', ['enable', AGENT, REQUEST]);
  const startedMs = Date.now();
  await runProgram('systemctl', ['restart', AGENT, REQUEST]);
  return startedMs;
}

/** Ends the agent with all that runs through it; nothing when it does not run. */
export async function stopService(): Promise<void> {
  await tryProgram('systemctl', ['stop', AGENT]);
  await killRest();
}

/** Not the unit that may be running this very command. */
export async function disableService(): Promise<void> {
  await tryProgram('systemctl', ['disable', '--now', REQUEST, AGENT]);
  await killRest();
}

/** What an agent left that did not end in order: systemd ends the agent alone. */
async function killRest(): Promise<void> {
  await tryProgram('systemctl', ['kill', '--signal=SIGKILL', AGENT]);
}

export async function forgetService(): Promise<void> {
  await runProgram('systemctl', ['daemon-reload']);
  await tryProgram('systemctl', ['reset-failed', AGENT]);
}

/** Waits until the agent that was started after `sinceMs` is connected; answers what it says at the end. */
export async function waitUntilConnected(sinceMs: number): Promise<ConnectionStatus | undefined> {
  const { connection } = statePaths(LAYOUT.state);
  let status: ConnectionStatus | undefined;
  const endMs = performance.now() + CONNECT_TIMEOUT_MS;
  while (performance.now() < endMs) {
    const last = await readStatus(connection);
    if (last && Date.parse(last.since) >= sinceMs) status = last;
    if (status?.isConnected) break;
    await sleep(POLL_MS);
  }
  return status;
}
