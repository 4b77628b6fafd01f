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
  // On a full disk the ledger keeps nothing.
  const forgetful = createSpawnGroup({
    add: () => undefined,
    remove: () => undefined,
    killLeftOver: async () => 0,
  });
  watchdog = createWatchdog({
    spawn: async (command) => (group = await forgetful(command)),
    command: ['true'],
    environment: { PATH: process.env['PATH'] ?? '' },
    projectDirectory,
  });
  await watchdog.arm();
});
afterEach(async () => {
  watchdog.disarm();
  await group?.exited;
  await rm(projectDirectory, { recursive: true });
});

describe('watchdog', () => {
  it('ends when the change set is decided', async () => {
    watchdog.disarm();

    expect(await group?.exited).toEqual({ exitCode: 0, signal: null });
  });

  it('is found and ended by the next agent, even if the ledger has no record of it', async () => {
    await killLeftOverMarked(projectDirectory);

    expect(await group?.exited).toMatchObject({ signal: 'SIGKILL' });
  });
});
