import type { EmitEvent } from '../connection/event-buffer.ts';
import { createGroupLedger, type GroupLedger } from '../processes/group-ledger.ts';
import type { ProcessSecrets } from '../processes/managed-process.ts';
import { createSpecStore } from '../processes/spec-store.ts';
import { createSupervisor, type Supervisor } from '../processes/supervisor.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createSpawnGroup, type Environment, type SpawnGroup } from '../runtime/spawn-group.ts';
import { createAgentLog } from '../system/agent-log.ts';
import type { StateDirectory } from '../system/state-directory.ts';
import type { Clock } from './engine-deps.ts';
import { createChangeSetEngine, type ChangeSetEngine } from './engine.ts';
import { createStageChild } from './stage/child.ts';
import type { StepPoint } from './step-point.ts';
import { createWatchdog } from './watchdog.ts';

export interface EngineParts {
  readonly state: StateDirectory;
  readonly runtime: Pick<Runtime, 'selfCommand'>;
  readonly projectDirectory: string;
  readonly environment: Environment;
  readonly secrets?: ProcessSecrets | undefined;
  readonly emit: EmitEvent;
  readonly nowMs: () => number;
  readonly step: StepPoint;
  readonly clock: Clock;
  /** How a change set ended after all may lie in the state directory. */
  onRecovered(): void;
}

export interface Engine {
  readonly engine: ChangeSetEngine;
  readonly supervisor: Supervisor;
  readonly spawn: SpawnGroup;
  readonly ledger: GroupLedger;
}

/** Puts together what changes and runs the project. */
export function createEngine(parts: EngineParts): Engine {
  const { state, runtime, projectDirectory, environment, secrets, emit, nowMs } = parts;
  const ledger = createGroupLedger(state.groups);
  const spawn = createSpawnGroup(ledger);
  const store = createSpecStore(state.processes);
  const supervisor = createSupervisor({
    ...{ spawn, store, emit, nowMs, environment, secrets },
    directory: projectDirectory,
  });
  const child = { spawn, environment, projectDirectory };
  const engine = createChangeSetEngine({
    ...{ spawn, store, supervisor, emit, nowMs, environment, secrets, projectDirectory },
    ...{ step: parts.step, clock: parts.clock, onRecovered: parts.onRecovered },
    log: createAgentLog(emit, nowMs),
    stage: createStageChild({ ...child, command: runtime.selfCommand('stage') }),
    watchdog: createWatchdog({
      ...child,
      command: [...runtime.selfCommand('recover'), state.root, projectDirectory],
    }),
    stageDirectory: state.stage,
    journalPath: state.journal,
    keptDirectory: state.kept,
    lastReceiptPath: state.lastReceipt,
    recoveredPath: state.recovered,
  });
  return { engine, supervisor, spawn, ledger };
}
