import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { killLeftOverMarked } from '../processes/marked-processes.ts';
import { createSpawnGroup, type ProcessGroup } from '../runtime/spawn-group.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

let projectDirectory: string;
let watchdog: Watchdog;
let group: ProcessGroup | undefined;

beforeEach(async () => {
  projectDirectory = await mkdtemp(join(tmpdir(), 'spt-flow-watchdog-'));
});
afterEach(async () => {
  watchdog.disarm();
  await group?.exited;
  await rm(projectDirectory, { recursive: true });
});

async function arm(path = process.env['PATH'] ?? ''): Promise<void> {
  // On a full disk the ledger keeps nothing.
  const forgetful = createSpawnGroup({
    add: () => undefined,
    remove: () => undefined,
    killLeftOver: async () => 0,
  });
  watchdog = createWatchdog({
    spawn: async (command) => (group = await forgetful(command)),
    command: ['true'],
    environment: { PATH: path },
    projectDirectory,
  });
  await watchdog.arm();
}

describe('watchdog', () => {
  it('ends when the change set is decided', async () => {
    await arm();

    watchdog.disarm();

    expect(await group?.exited).toEqual({ exitCode: 0, signal: null });
  });

  it('is found and ended by the next agent, even if the ledger has no record of it', async () => {
    await arm();

    await killLeftOverMarked(projectDirectory);

    expect(await group?.exited).toMatchObject({ signal: 'SIGKILL' });
  });

  it('kills nobody where there is no program to wait with', async () => {
    await arm('/nowhere');
    watchdog.disarm();

    expect(await group?.exited).toEqual({ exitCode: 0, signal: null });
  });
});
