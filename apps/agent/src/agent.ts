import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentConfig } from '@spt-flow/config/agent';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { createEngine, type Engine } from './change-set/create-engine.ts';
import { passThrough } from './change-set/step-point.ts';
import type { Clock } from './change-set/engine-deps.ts';
import { connectToControlPlane } from './connection/connect.ts';
import { keepConnected } from './connection/dial-loop.ts';
import { createEventBuffer, type EventBuffer } from './connection/event-buffer.ts';
import { reportRecovered } from './connection/recovered-report.ts';
import { isKeyAged, openSelf, type Self } from './connection/self.ts';
import { createReceiptSigner } from './connection/sign-receipt.ts';
import { createStatusFile } from './connection/status.ts';
import { openGitCredentials } from './git-credentials/git-credentials.ts';
import { createDispatcher, type Dispatcher } from './handlers/dispatcher.ts';
import { createHandlers } from './handlers/handlers.ts';
import { openLogSpool } from './log-spool/log-spool.ts';
import { createModels } from './models/models.ts';
import { createWorkspacePorts } from './ports/workspace-ports.ts';
import { createSuspension } from './processes/suspension.ts';
import { createPtyHostClient } from './pty-host/client.ts';
import { openSecrets, type Secrets } from './secrets/secrets.ts';
import { createSshServer } from './ssh/ssh-server.ts';
import type { Runtime } from './runtime/runtime.ts';
import { endLeftOver } from './processes/left-over.ts';
import { type AgentLog, createAgentLog } from './system/agent-log.ts';
import { lockDirectory } from './system/directory-lock.ts';
import type { ServiceNotifier } from './service/service-notifier.ts';
import type { Launch } from './update/launch.ts';
import { openUpdates, type Updates } from './update/updates.ts';
import { messageOf } from './system/errors.ts';
import { openStateDirectory, type StateDirectory } from './system/state-directory.ts';
import { uninstall } from './system/uninstall.ts';
import { openWorkspaceEnvironment } from './system/workspace-environment.ts';

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly runtime: Runtime;
  /** What the agent's children inherit; the control plane may add to it. */
  readonly environment: Record<string, string>;
  /** Tells whoever keeps the agent running. */
  readonly notifier: ServiceNotifier;
  readonly launch: Launch;
  readonly signal: AbortSignal;
}

/** Why the agent ends: the next version takes its place. */
const HAND_OVER = Symbol('hand over');

const CLOCK: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms, ended) => sleep(ms, undefined, { signal: ended, ref: false }),
};

/** Runs the agent until the signal or a shutdown request. */
export async function runAgent({
  config,
  runtime,
  environment: inherited,
  notifier,
  launch,
  signal,
}: AgentOptions): Promise<void> {
  const { projectDirectory } = config;
  const nowMs = Date.now;
  const state = await openStateDirectory(config.stateDirectory);
  lockDirectory(config.stateDirectory, runtime.tryLock);
  lockDirectory(projectDirectory, runtime.tryLock);
  const events = createEventBuffer(openLogSpool(state.spool));
  const log = createAgentLog(events.emit, nowMs);
  const surroundings = await openSurroundings({ state, inherited, runtime, log });
  const { environment, secrets } = surroundings;
  const parts = createEngine({
    ...{ state, runtime, projectDirectory, environment, secrets, nowMs },
    ...{ emit: events.emit, step: passThrough, clock: CLOCK },
    onRecovered: () => tellRecovered({ path: state.recovered, self, events, log }),
  });
  const { engine, supervisor, spawn, ledger } = parts;

  await endLeftOver(ledger, projectDirectory);
  await engine.recoverFiles();
  const work = createWork(parts);
  const self = await openSelf(state.identity, nowMs);
  const stop = new AbortController();
  const isBusy = () => engine.isBusy;
  const updates = openUpdates({
    ...{ launch, spawn, environment, events, log, isBusy, root: state.updates },
    ...{ rootFile: config.updateRootFile, command: runtime.selfCommand('update') },
    makeWay: () => stop.abort(HAND_OVER),
  });
  const ptyHost = createPtyHostClient({
    ...{ stateDirectory: state.root, environment, directory: projectDirectory },
    command: runtime.selfCommand('pty-host'),
    log: (text) => log('warn', text),
  });
  const sshServer = createSshServer({ ...secrets, spawn, environment, projectDirectory, state });
  const suspension = await createSuspension({
    ...{ path: state.suspended, isBusy },
    async suspend() {
      dispatcher.interrupt();
      await Promise.all([work.end(), ptyHost.close(), sshServer.endSessions()]);
    },
    resume: work.begin,
  });
  await beginWith(secrets, log, async () => {
    if (!suspension.isSuspended && !stop.signal.aborted) await work.begin();
  });
  const handlers = createHandlers({
    ...{ spawn, projectDirectory, environment, supervisor, engine, events, ptyHost, suspension },
    ...{ ...surroundings, self, sshServer, updates, recoveredPath: state.recovered },
    ports: openPorts(environment, log),
    ...{ log, engineSocket: config.engineSocket, caFile: config.caFile },
    uninstall: () => secrets.forget().then(() => uninstall(state, config.uninstallFile)),
    shutdown: () => stop.abort(),
  });
  const isSuspended = () => suspension.isSuspended;
  const dispatcher = createDispatcher({ handlers, isSuspended, emit: events.emit, nowMs });
  const dialling = {
    connect: connectToControlPlane(config, self),
    serve: serveBy(dispatcher, { self, events, updates }),
    onChange: tellStatus({ notifier, note: createStatusFile(state.connection, nowMs), log }),
    ...{ log, random: Math.random, nowMs },
  };
  notifier.ready();
  try {
    await keepConnected(dialling, AbortSignal.any([signal, stop.signal]));
  } finally {
    await leave({ stop, notifier, ptyHost, work, surroundings }).finally(events.flush);
  }
}

function openPorts(environment: Record<string, string>, log: AgentLog) {
  return createWorkspacePorts(environment, (error) =>
    log('warn', `Cannot see which ports are open: ${messageOf(error)}`),
  );
}

interface Leaving {
  readonly stop: AbortController;
  readonly notifier: ServiceNotifier;
  readonly ptyHost: { close(): Promise<void> };
  readonly work: { end(): Promise<void> };
  readonly surroundings: { close(): Promise<void> };
}

/** What outlives a hand-over stays where the next version looks for it, and the service manager hears of no end. */
async function leave({ stop, notifier, ptyHost, work, surroundings }: Leaving): Promise<void> {
  if (stop.signal.reason === HAND_OVER) return work.end();
  notifier.stopping();
  await Promise.all([work.end(), ptyHost.close()]).then(surroundings.close);
}

interface Surroundings extends Pick<AgentOptions, 'runtime'> {
  readonly state: Pick<StateDirectory, 'root'>;
  readonly inherited: AgentOptions['environment'];
  readonly log: AgentLog;
}

/** What children inherit, and their ways to the control plane. */
async function openSurroundings({ state, inherited, runtime, log }: Surroundings) {
  const { root: stateDirectory } = state;
  const own = await openWorkspaceEnvironment(stateDirectory, inherited, log);
  const git = await openGitCredentials({ ...own, runtime, stateDirectory, log });
  const { environment, broker: gitBroker } = git;
  const { keep: keepAdded } = own;
  const models = createModels({ stateDirectory, environment, keepAdded, nowMs: CLOCK.nowMs });
  const secrets = await openSecrets({
    ...{ stateDirectory, environment, random: Math.random },
    onChanged: models.refresh,
  });
  return {
    ...{ environment, keepAdded, gitBroker, models, secrets },
    async close() {
      models.close();
      await secrets.close();
      await git.close();
    },
  };
}

interface Serving {
  readonly self: Self;
  readonly events: EventBuffer;
  readonly updates: Pick<Updates, 'onTunnel'>;
}

function serveBy(dispatcher: Dispatcher, { self, events, updates }: Serving) {
  return (tunnel: Tunnel): void => {
    tunnel.onStream(dispatcher.dispatch);
    updates.onTunnel(tunnel);
    if (isKeyAged(self)) events.emit({ type: 'key-aged' });
  };
}

interface Recovered {
  readonly path: string;
  readonly self: Self;
  readonly events: EventBuffer;
  readonly log: AgentLog;
}

function tellRecovered({ path, self, events, log }: Recovered): void {
  reportRecovered(path, events, createReceiptSigner(self)).catch((error: unknown) =>
    log('error', `Cannot tell what became of a change set: ${messageOf(error)}`),
  );
}

interface StatusListeners {
  readonly notifier: ServiceNotifier;
  note(reason: string | null): Promise<void>;
  log(level: 'warn', text: string): void;
}

function tellStatus({ notifier, note, log }: StatusListeners) {
  let told: string | null = null;
  return (reason: string | null): void => {
    // Its own log travels through the connection that there is none of.
    if (reason !== null && reason !== told) process.stderr.write(`Not connected: ${reason}\n`);
    told = reason;
    notifier.status(reason === null ? 'Connected' : `Not connected: ${reason}`);
    note(reason).catch((error: unknown) =>
      log('warn', `Cannot note the connection: ${messageOf(error)}`),
    );
  };
}

/** What ran before a restart of the machine waits for its secrets; they come over a connection that is not there yet. */
async function beginWith(
  secrets: Pick<Secrets, 'isWaiting' | 'arrived'>,
  log: AgentLog,
  begin: () => Promise<void>,
): Promise<void> {
  if (!secrets.isWaiting) return begin();
  secrets.arrived
    .then(begin)
    .catch((error: unknown) => log('error', `The app can't be started: ${messageOf(error)}`));
}

/** What runs by itself: begun at the start, or when the agent is resumed. */
function createWork({ engine, supervisor }: Pick<Engine, 'engine' | 'supervisor'>) {
  let recovery: Promise<void> | undefined;
  return {
    /** The first time also undoes what an interrupted change set left, which may take a build. */
    async begin(): Promise<void> {
      if (recovery) return supervisor.resume();
      recovery = engine.finishRecovery();
    },
    async end(): Promise<void> {
      await engine.close();
      await recovery;
      await supervisor.suspend();
    },
  };
}
