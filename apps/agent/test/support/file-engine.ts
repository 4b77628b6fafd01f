import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ChangeSetReceipt,
  ChangeSetRequest,
} from '@spt-flow/shared/agent-protocol/change-set';
import { createChangeSetEngine, type ChangeSetEngine } from '../../src/change-set/engine.ts';
import { stageChangeSet } from '../../src/change-set/stage/stage.ts';
import { passThrough, type StepPoint } from '../../src/change-set/step-point.ts';
import { createWatchdog } from '../../src/change-set/watchdog.ts';
import { createGroupLedger } from '../../src/processes/group-ledger.ts';
import { createSpecStore } from '../../src/processes/spec-store.ts';
import { createSupervisor } from '../../src/processes/supervisor.ts';
import { createRuntime } from '#runtime';
import { createSpawnGroup } from '../../src/runtime/spawn-group.ts';
import { createAgentLog } from '../../src/system/agent-log.ts';
import { openStateDirectory } from '../../src/system/state-directory.ts';
import { changeSet } from './project.ts';

export interface FileEngine {
  readonly engine: ChangeSetEngine;
  readonly logs: string[];
  apply(change: Partial<ChangeSetRequest>): Promise<ChangeSetReceipt>;
}

export interface FilePlace {
  readonly state: string;
  readonly directory: string;
}

/** The real engine in this process, with all of its parts but the child that stages; it recovers first. */
export async function createFileEngine(
  place: FilePlace,
  step: StepPoint = passThrough,
): Promise<FileEngine> {
  const state = await openStateDirectory(place.state);
  const { parseScript } = createRuntime();
  const projectDirectory = place.directory;
  const environment = { PATH: process.env['PATH'] ?? '' };
  const logs: string[] = [];
  const emit = (event: { type: string; text?: string }) => void logs.push(event.text ?? '');
  const spawn = createSpawnGroup(createGroupLedger(state.groups));
  const store = createSpecStore(state.processes);
  const parts = { spawn, store, emit, nowMs: Date.now, environment };
  const engine = createChangeSetEngine({
    ...parts,
    projectDirectory,
    step,
    supervisor: createSupervisor({ ...parts, directory: projectDirectory }),
    stage: (body, stageDirectory) =>
      stageChangeSet({ body, stageDirectory, projectDirectory, parseScript }),
    log: createAgentLog(emit, Date.now),
    watchdog: createWatchdog({ spawn, command: ['true'], environment, projectDirectory }),
    clock: { nowMs: () => performance.now(), sleep: (ms, signal) => sleep(ms, null, { signal }) },
    onRecovered: () => undefined,
    stageDirectory: state.stage,
    journalPath: state.journal,
    keptDirectory: state.kept,
    lastReceiptPath: state.lastReceipt,
    recoveredPath: state.recovered,
  });
  await engine.recoverFiles();
  await engine.finishRecovery();
  return {
    engine,
    logs,
    async apply(change) {
      const body = Readable.from([Buffer.from(JSON.stringify(changeSet(change)))]);
      return (await engine.begin(body)).run(() => undefined);
    },
  };
}

/** What never goes on holds its open files; forgotten, they would be closed with a warning. */
const halted: unknown[] = [];

/**
 * A step point at which an engine stands still for ever, as after SIGKILL: nothing of it happens any more. `halt`
 * resolves when that is so.
 */
export function haltingAt(at: number): { step: StepPoint; halt: Promise<'halted'> } {
  let passed = 0;
  let tell = (_: 'halted'): void => undefined;
  const halt = new Promise<'halted'>((resolve) => (tell = resolve));
  return {
    halt,
    step: () =>
      new Promise<void>((resolve) => {
        passed += 1;
        if (passed < at) return resolve();
        halted.push(resolve);
        tell('halted');
      }),
  };
}
