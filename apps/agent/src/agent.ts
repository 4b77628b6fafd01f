import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentConfig } from '@spt-flow/config/agent';
import { createEngine } from './change-set/create-engine.ts';
import { passThrough } from './change-set/step-point.ts';
import { connectToControlPlane } from './connection/connect.ts';
import { keepConnected } from './connection/dial-loop.ts';
import { createEventBuffer } from './connection/event-buffer.ts';
import { reportRecovered } from './connection/recovered-report.ts';
import { createDispatcher } from './handlers/dispatcher.ts';
import { createHandlers } from './handlers/handlers.ts';
import { createPtyHostClient } from './pty-host/client.ts';
import type { Runtime } from './runtime/runtime.ts';
import type { Environment } from './runtime/spawn-group.ts';
import { killLeftOverMarked } from './processes/marked-processes.ts';
import { createAgentLog } from './system/agent-log.ts';
import { lockDirectory } from './system/directory-lock.ts';
import { messageOf } from './system/errors.ts';
import { openStateDirectory } from './system/state-directory.ts';

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly runtime: Runtime;
  /** What the agent's children inherit. */
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** Runs the agent until the signal or a shutdown request. */
export async function runAgent({
  config,
  runtime,
  environment,
  signal,
}: AgentOptions): Promise<void> {
  const { projectDirectory } = config;
  const nowMs = Date.now;
  const state = await openStateDirectory(config.stateDirectory);
  lockDirectory(config.stateDirectory);
  lockDirectory(projectDirectory);
  const events = createEventBuffer();
  const log = createAgentLog(events.emit, nowMs);
  const tellRecovered = () =>
    reportRecovered(state.recovered, events).catch((error: unknown) =>
      log('error', `Cannot tell what became of a change set: ${messageOf(error)}`),
    );
  const parts = createEngine({
    state,
    runtime,
    projectDirectory,
    environment,
    emit: events.emit,
    nowMs,
    step: passThrough,
    clock: {
      nowMs: () => performance.now(),
      sleep: (ms, ended) => sleep(ms, undefined, { signal: ended, ref: false }),
    },
    onRecovered: () => void tellRecovered(),
  });
  const { engine, supervisor, spawn, ledger } = parts;

  await ledger.killLeftOver();
  await killLeftOverMarked(projectDirectory);
  await engine.recoverFiles();
  const recovery = engine.finishRecovery();

  const stop = new AbortController();
  const command = runtime.selfCommand('pty-host');
  const ptyHost = createPtyHostClient({
    spawn,
    command,
    directory: projectDirectory,
    environment,
    log: (text) => log('warn', text),
  });
  const handlers = createHandlers({
    ...{ spawn, projectDirectory, environment, supervisor, engine, events, ptyHost },
    recoveredPath: state.recovered,
    shutdown: () => stop.abort(),
  });
  const dispatch = createDispatcher({ handlers, emit: events.emit, nowMs });
  const connect = connectToControlPlane({ config, state });
  try {
    const serve = {
      connect,
      serve: (tunnel: { onStream(handler: typeof dispatch): void }) => tunnel.onStream(dispatch),
      log,
    };
    await keepConnected(
      { ...serve, random: Math.random, nowMs },
      AbortSignal.any([signal, stop.signal]),
    );
  } finally {
    await engine.close();
    await recovery;
    await Promise.all([supervisor.suspend(), ptyHost.close()]);
  }
}
