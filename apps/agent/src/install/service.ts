import { setTimeout as sleep } from 'node:timers/promises';
import { readStatus, type ConnectionStatus } from '../connection/status.ts';
import { statePaths } from '../system/state-directory.ts';
import { LAYOUT } from './layout.ts';

const CONNECT_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

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
