import { randomBytes, randomUUID } from 'node:crypto';
import {
  AGENT_CONNECT_PATH,
  AGENT_SUBPROTOCOL,
  ChallengeSchema,
  HANDSHAKE_TIMEOUT_MS,
  RefusedSchema,
  UPGRADE_TIMEOUT_MS,
  WelcomeSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import { RequestHeadSchema } from '@spt-flow/shared/agent-protocol/requests';
import { runAgentHandshake, type AgentState } from '@spt-flow/tunnel/handshake/agent';
import { generateSigningKey } from '@spt-flow/tunnel/handshake/crypto';
import { HandshakeRefusedError } from '@spt-flow/tunnel/handshake/messages';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { dialNodeSocket } from '@spt-flow/tunnel/websocket/node-socket';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { authorityOf, connectWebSocket } from '@spt-flow/tunnel/websocket/client';
import { keepConnected } from '../../apps/agent/src/connection/dial-loop.ts';
import {
  createEventBuffer,
  type EventBuffer,
} from '../../apps/agent/src/connection/event-buffer.ts';
import { RefusedError } from '../../apps/agent/src/connection/refused-error.ts';
import { createEventsHandler } from '../../apps/agent/src/handlers/events.ts';
import type { FleetOrder, FleetState } from '../harness/fleet-messages.ts';
import { createRenewal, type Renewal } from './renewal.ts';
import { createFloodingSpool, createMemorySpool } from './spools.ts';

type AgentsOrder = Extract<FleetOrder, { type: 'agents' }>;

/** Agents that join for the first time do so in turn: a fleet is not set up within one second. */
const JOINS_AT_ONCE = 12;
const VERSION = '0.1.0';
const TYPICAL_RSS_BYTES = 36 * 1024 * 1024;

/**
 * runAgents connects one agent for each token: the agent's own tunnel, handshake, backoff, event buffer and
 * heartbeat, without a machine behind it; its identity is kept in memory.
 */
export function runAgents(order: AgentsOrder, tell: (change: Partial<FleetState>) => void): void {
  const counts = { connected: 0, lost: 0 };
  const waiting = [...order.tokens];
  const count = (name: keyof FleetState, by: number) => {
    counts[name] += by;
    tell(counts);
  };

  function joinNext(): void {
    const token = waiting.pop();
    if (token === undefined) return;
    let isFirst = true;
    const onTunnel = (tunnel: Tunnel) => {
      count('connected', 1);
      void tunnel.closed.then(() => count('connected', -1));
      if (isFirst) joinNext();
      isFirst = false;
    };
    runAgent(order, token, onTunnel).catch((error: unknown) => {
      console.error(error);
      count('lost', 1);
      if (isFirst) joinNext();
    });
  }

  for (let index = 0; index < JOINS_AT_ONCE; index++) joinNext();
}

function runAgent(
  order: AgentsOrder,
  token: string,
  onTunnel: (tunnel: Tunnel) => void,
): Promise<void> {
  const spool = order.isFlooding ? createFloodingSpool() : createMemorySpool();
  const events = createEventBuffer(spool);
  const renewal = order.renewal && createRenewal(order.renewal, events);
  const serve = createServer(events, renewal);
  const log = (level: 'info' | 'warn', text: string) =>
    events.emit({ type: 'log', at: Date.now(), source: 'agent', level, text });
  if (order.lineIntervalMs !== undefined) printLines(events, order.lineIntervalMs);
  return keepConnected(
    {
      connect: createConnect(order, token, () => renewal?.version ?? VERSION),
      serve: (tunnel) => {
        tunnel.onStream(serve);
        renewal?.onTunnel(tunnel);
        onTunnel(tunnel);
      },
      log,
      onChange: () => undefined,
      random: Math.random,
      nowMs: Date.now,
    },
    new AbortController().signal,
  );
}

function createConnect(
  order: AgentsOrder,
  token: string,
  versionNow: () => string,
): (signal: AbortSignal) => Promise<Tunnel> {
  const key = generateSigningKey();
  const machine = {
    bootId: randomUUID(),
    machineFingerprint: randomBytes(32).toString('base64url'),
    protocolVersion: 1,
    capabilities: ['exec', 'pty', 'tcp', 'files', 'change-set', 'process', 'events'],
  };
  const url = `${order.url.replace('http', 'ws')}${AGENT_CONNECT_PATH}`;
  let state: AgentState | undefined;
  return async (signal) => {
    const connection = await connectWebSocket({
      ...{ dial: dialNodeSocket, url, signal },
      protocol: AGENT_SUBPROTOCOL,
      timeoutMs: HANDSHAKE_TIMEOUT_MS,
      answerTimeoutMs: UPGRADE_TIMEOUT_MS,
    });
    const port = createMessagePort(connection);
    connection.onClose((reason) => port.closed(reason));
    try {
      await runAgentHandshake({
        ...{ port, key, machine: { ...machine, agentVersion: versionNow() } },
        parse: {
          challenge: (value) => ChallengeSchema.parse(value),
          welcome: (value) => WelcomeSchema.parse(value),
          refused: (value) => RefusedSchema.parse(value),
        },
        runtime: {
          ...{ randomBytes, randomUuid: randomUUID, wallMs: Date.now },
          monotonicMs: () => performance.now(),
        },
        credential: state
          ? { mode: 'auth', state }
          : { mode: 'enrol', token, channelBinding: 'none' },
        controlPlaneKeyId: order.serverKey,
        authority: authorityOf(url),
        channelBindingValue: undefined,
        persist: async (joined) => {
          state = joined;
        },
      });
    } catch (error) {
      connection.close('handshake failed');
      throw toRefusal(error, state === undefined);
    }
    return createTunnel({ transport: connection, role: 'server' });
  };
}

function toRefusal(error: unknown, isNew: boolean): unknown {
  if (!(error instanceof HandshakeRefusedError)) return error;
  return new RefusedError(error.message, {
    isFinal: isNew && error.code === 'token_invalid',
    retryAfterMs: (error.retryAfterSeconds ?? 0) * 1_000,
  });
}

/** Serves the stream of events; everything else needs a machine. */
function createServer(
  events: EventBuffer,
  renewal: Renewal | undefined,
): (stream: TunnelStream) => void {
  const serveEvents = createEventsHandler({
    events,
    supervisor: { report: () => undefined },
    ports: { follow: () => () => undefined },
    reportPast: async () => renewal?.report(),
    heartbeat: () => ({
      type: 'heartbeat',
      at: new Date().toISOString(),
      rssBytes: TYPICAL_RSS_BYTES + Math.round(Math.random() * 512) * 1024,
      cpuSeconds: performance.now() / 100_000,
      loadAverage: Math.random(),
      processes: 1,
    }),
  });
  return (stream) => {
    const head = RequestHeadSchema.parse(stream.head);
    // The dispatcher of a real agent tells which requests it got.
    const text = `${head.method} ${head.traceparent ?? ''}`;
    events.emit({ type: 'log', at: Date.now(), source: 'agent', level: 'debug', text });
    if (head.method === 'events')
      return void serveEvents({
        ...{ head, stream },
        accept: (data) => stream.respond({ ok: true, data }),
      });
    if (head.method === 'update' && renewal) {
      stream.respond({ ok: true });
      return void renewal.take(head.version, stream).catch(console.error);
    }
    stream.respond({ ok: false, code: 'unimplemented', message: 'There is no machine' });
    stream.end();
  };
}

/** Lines carry the clock of this machine, by which a reader knows how long they took. */
function printLines(events: EventBuffer, intervalMs: number): void {
  const print = () => {
    const text = `sent at ${process.hrtime.bigint()}`;
    events.emit({ type: 'log', at: Date.now(), source: 'app', level: 'info', text });
  };
  setTimeout(() => setInterval(print, intervalMs), Math.random() * intervalMs);
}
