import { rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createChannelDecoder, encodeChannel } from '@spt-flow/tunnel/channel-framing';
import {
  ResponseHeadSchema,
  type RequestHead,
  type ResponseHead,
} from '@spt-flow/shared/agent-protocol/requests';
import {
  ChangeSetProgressSchema,
  ChangeSetReceiptSchema,
  SignedReceiptSchema,
  type ChangeSetReceipt,
  type ChangeSetRequest,
} from '@spt-flow/shared/agent-protocol/change-set';
import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { createEngine, type Engine } from '../../src/change-set/create-engine.ts';
import type { Clock } from '../../src/change-set/engine-deps.ts';
import { passThrough, type StepPoint } from '../../src/change-set/step-point.ts';
import { createEventBuffer, type EventBuffer } from '../../src/connection/event-buffer.ts';
import { reportRecovered } from '../../src/connection/recovered-report.ts';
import { createDispatcher } from '../../src/handlers/dispatcher.ts';
import { openSelf } from '../../src/connection/self.ts';
import { createReceiptSigner } from '../../src/connection/sign-receipt.ts';
import { createBroker } from '../../src/git-credentials/broker.ts';
import { createHandlers } from '../../src/handlers/handlers.ts';
import { createModels } from '../../src/models/models.ts';
import { openLogSpool } from '../../src/log-spool/log-spool.ts';
import { createPortTable } from '../../src/ports/port-table.ts';
import { createSocketSource } from '../../src/ports/workspace-ports.ts';
import { createSuspension } from '../../src/processes/suspension.ts';
import { createPtyHostClient } from '../../src/pty-host/client.ts';
import { openUpdates, type UpdatesDeps } from '../../src/update/updates.ts';
import { createRuntime } from '#runtime';
import { findSshd } from '../../src/ssh/find-sshd.ts';
import { openSecrets, type Secrets } from '../../src/secrets/secrets.ts';
import { createSshServer } from '../../src/ssh/ssh-server.ts';
import { createAgentLog } from '../../src/system/agent-log.ts';
import { platform } from '../../src/system/platform/platform.ts';
import { processesOf } from '../../src/system/process-tree.ts';
import {
  openRuntimeDirectory,
  removeRuntimeDirectory,
} from '../../src/system/runtime-directory.ts';
import { openStateDirectory } from '../../src/system/state-directory.ts';
import { programIn } from './build.ts';
import { createTunnelPair } from './memory-tunnel.ts';
import { createProject, type Project } from './project.ts';

export interface Rig {
  readonly project: Project;
  readonly tunnel: Tunnel;
  readonly parts: Engine;
  readonly events: AgentEvent[];
  readonly secrets: Pick<Secrets, 'memoryDirectory'>;
  close(): Promise<void>;
}

export interface RigOptions {
  readonly step?: StepPoint;
  /** What measures the window of a committed change set; by default the real one. */
  readonly clock?: Clock;
  /** Whether the machine has one; true unless told. */
  readonly hasSshd?: boolean;
}

const REAL_CLOCK: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

/** Nobody started this agent who could start another version of it. */
function openNoUpdates(deps: Pick<UpdatesDeps, 'environment' | 'spawn' | 'events'>) {
  return openUpdates({
    ...{ ...deps, root: '/nonexistent', command: [], rootFile: undefined },
    launch: { launcherPid: undefined, trial: undefined },
    log: () => undefined,
    isBusy: () => false,
    makeWay: () => undefined,
  });
}

/** The agent's handlers at one end of a tunnel in memory, with real processes and files behind them. */
export async function createRig(
  bundleFolder: string,
  files: Readonly<Record<string, string>> = {},
  { step = passThrough, clock = REAL_CLOCK, hasSshd = true }: RigOptions = {},
): Promise<Rig> {
  const project = await createProject(files);
  const state = await openStateDirectory(project.state);
  const environment = { PATH: process.env['PATH'] ?? '', HOME: bundleFolder, SHELL: '/bin/sh' };
  const runtime = createRuntime(programIn(bundleFolder));
  const events: AgentEvent[] = [];
  const buffer = createEventBuffer(openLogSpool(state.spool));
  const emit = (event: AgentEvent) => {
    events.push(event);
    buffer.emit(event);
  };
  const eventBuffer: EventBuffer = {
    ...buffer,
    emit,
    get hasListener() {
      return buffer.hasListener;
    },
    get isBlocked() {
      return buffer.isBlocked;
    },
  };
  const projectDirectory = project.directory;
  const self = await openSelf(state.identity, Date.now);
  const secrets = await openSecrets({
    ...{ stateDirectory: project.state, environment, random: () => 0 },
    onChanged: () => models.refresh(),
  });
  const parts = createEngine({
    ...{ state, runtime, projectDirectory, environment, secrets, emit, step, clock },
    nowMs: Date.now,
    onRecovered: () =>
      void reportRecovered(state.recovered, eventBuffer, createReceiptSigner(self)),
  });
  await parts.engine.recoverFiles();
  await parts.engine.finishRecovery();
  const ptyHost = createPtyHostClient({
    ...{ stateDirectory: project.state, environment, directory: projectDirectory },
    command: runtime.selfCommand('pty-host'),
    log: (line) => emit({ type: 'log', at: 0, source: 'agent', level: 'warn', text: line }),
  });
  const sshServer = createSshServer(
    { ...parts, environment, projectDirectory, state, memoryDirectory: secrets.memoryDirectory },
    hasSshd ? findSshd : () => undefined,
  );
  const suspension = await createSuspension({
    path: state.suspended,
    isBusy: () => parts.engine.isBusy,
    async suspend() {
      dispatcher.interrupt();
      await Promise.all([parts.supervisor.suspend(), ptyHost.close(), sshServer.endSessions()]);
    },
    resume: () => parts.supervisor.resume(),
  });
  const keepAdded = async () => undefined;
  const models = createModels({
    ...{ stateDirectory: project.state, environment, keepAdded, nowMs: clock.nowMs },
  });
  const handlers = createHandlers({
    ...{ ...parts, projectDirectory, environment, ptyHost, sshServer, suspension },
    events: eventBuffer,
    // Unlike the agent, which hides its own: here the tests themselves are part of the workspace.
    ports: createPortTable({
      ...createSocketSource(),
      processes: () =>
        processesOf({ pid: process.pid, mark: undefined }, platform.processes.table()),
    }),
    gitBroker: createBroker(),
    ...{ models, secrets, engineSocket: undefined, caFile: undefined },
    log: createAgentLog(emit, Date.now),
    ...{ keepAdded, self, recoveredPath: state.recovered },
    updates: openNoUpdates({ environment, spawn: parts.spawn, events: eventBuffer }),
    uninstall: async () => ({ removes: 'identity' }),
    shutdown: () => undefined,
  });
  const dispatcher = createDispatcher({
    handlers,
    isSuspended: () => suspension.isSuspended,
    emit,
    nowMs: Date.now,
  });
  const { controlPlane, agent } = createTunnelPair();
  agent.onStream(dispatcher.dispatch);
  async function close(): Promise<void> {
    controlPlane.close('test over');
    models.close();
    await parts.engine.close();
    await parts.supervisor.suspend();
    await ptyHost.close();
    await removeRuntimeDirectory(await openRuntimeDirectory(project.state, environment));
    await secrets.forget();
    await rm(project.root, { recursive: true, force: true });
  }
  return { project, tunnel: controlPlane, parts, events, secrets, close };
}

export async function responseOf(stream: TunnelStream): Promise<ResponseHead> {
  return ResponseHeadSchema.parse(await stream.response);
}

export interface ChannelOutput {
  readonly out: string;
  readonly err: string;
  readonly control: unknown[];
  readonly trailers: unknown;
}

/** Reads a body in channels to its end. */
export async function readChannels(stream: TunnelStream): Promise<ChannelOutput> {
  const texts = ['', ''];
  const control: unknown[] = [];
  const decoder = createChannelDecoder();
  for await (const chunk of stream) {
    decoder.feed(Buffer.from(chunk), (channel, payload) => {
      if (channel === 2) control.push(JSON.parse(payload.toString()));
      else texts[channel] = (texts[channel] ?? '') + payload.toString('latin1');
    });
  }
  return { out: texts[0] ?? '', err: texts[1] ?? '', control, trailers: await stream.trailers };
}

export function sendChannel(stream: TunnelStream, channel: number, content: string | object): void {
  stream.write(
    encodeChannel(
      channel,
      Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
    ),
  );
}

/** Runs a command to its end. */
export async function exec(
  tunnel: Tunnel,
  head: Omit<Extract<RequestHead, { method: 'exec' }>, 'method'>,
  input = '',
): Promise<ChannelOutput> {
  const stream = tunnel.open({ method: 'exec', ...head });
  if (input !== '') sendChannel(stream, 0, input);
  stream.end();
  return readChannels(stream);
}

export async function applyChangeSet(tunnel: Tunnel, request: ChangeSetRequest) {
  const stream = tunnel.open({ method: 'change-set.apply' });
  stream.end(JSON.stringify(request));
  const response = await responseOf(stream);
  const lines = (await text(stream)).split('\n').filter((line) => line !== '');
  const trailers = await stream.trailers;
  return {
    response,
    phases: lines
      .map((line) => ChangeSetProgressSchema.parse(JSON.parse(line)))
      .map(({ phase, state }) => `${phase} ${state}`),
    receipt: trailers === undefined ? undefined : receiptOf(trailers),
  };
}

/** What a signed receipt says. */
export function receiptOf(signed: unknown): ChangeSetReceipt {
  return ChangeSetReceiptSchema.parse(JSON.parse(SignedReceiptSchema.parse(signed).text));
}
