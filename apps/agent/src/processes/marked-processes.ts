import { setTimeout as sleep } from 'node:timers/promises';
import { platform } from '../system/platform/platform.ts';
import { signalUnlessGone } from './process-group.ts';

const VARIABLE = 'SPT_FLOW_PROCESS';
const POLL_MS = 20;
/** Whoever starts processes faster than they are killed is not followed for ever. */
const MAX_ROUNDS = 250;

/** Mark is a variable that all descendants of a process inherit: it finds those that left its group. */
export interface Mark {
  readonly environment: Readonly<Record<string, string>>;
  /** As it stands in the environment, up to the byte that ends it. */
  readonly entry: string;
}

/** The root is locked by one agent, so that no other one uses the same marks. */
export function markOf(projectDirectory: string, name: string): Mark {
  const value = `${projectDirectory}:${name}`;
  return { environment: { [VARIABLE]: value }, entry: `${VARIABLE}=${value}\0` };
}

/** Ends every process that carries the mark: asks it, and kills it after the grace. */
export async function endMarked({ entry }: Mark, graceMs: number): Promise<void> {
  for (const pid of platform.processes.withVariable(entry)) signalUnlessGone(pid, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < graceMs; waitedMs += POLL_MS) {
    if (platform.processes.withVariable(entry).length === 0) return;
    await sleep(POLL_MS);
  }
  await kill(entry);
}

/** Kills what the processes of an agent that is gone left behind. */
export function killLeftOverMarked(projectDirectory: string): Promise<void> {
  return kill(`${VARIABLE}=${projectDirectory}:`);
}

async function kill(entry: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const pids = platform.processes.withVariable(entry);
    if (pids.length === 0) return;
    for (const pid of pids) signalUnlessGone(pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
}
