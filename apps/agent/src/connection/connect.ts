import { readFile } from 'node:fs/promises';
import type { AgentConfig } from '@spt-flow/config/agent';
import {
  AGENT_CONNECT_PATH,
  AGENT_SUBPROTOCOL,
  ChallengeSchema,
  HANDSHAKE_TIMEOUT_MS,
  RefusedSchema,
  UPGRADE_TIMEOUT_MS,
  WelcomeSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import type { Connection } from '@spt-flow/tunnel/connection';
import { type AgentWelcome, runAgentHandshake } from '@spt-flow/tunnel/handshake/agent';
import { hashJoinToken } from '@spt-flow/tunnel/handshake/crypto';
import { HandshakeRefusedError } from '@spt-flow/tunnel/handshake/messages';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { dialNodeSocket, dialUnixSocket } from '@spt-flow/tunnel/websocket/node-socket';
import { sealTransport } from '@spt-flow/tunnel/handshake/sealed-transport';
import { createTunnel } from '@spt-flow/tunnel/session';
import { type Tunnel, TunnelError } from '@spt-flow/tunnel/types';
import { authorityOf, connectWebSocket } from '@spt-flow/tunnel/websocket/client';
import { WindowBudget } from '@spt-flow/tunnel/window-budget';
import { createCredentials, type Attempt } from './credentials.ts';
import { describeMachine } from './machine.ts';
import { RefusedError } from './refused-error.ts';
import type { Self } from './self.ts';

const MAX_STREAMS = 1024;
/** Half of the budget for one stream: a workspace has few fast ones, and the agent little memory. */
const MAX_STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const WINDOW_BUDGET_BYTES = 8 * 1024 * 1024;

/** Makes the function that dials the control plane and proves who each other is. */
export function connectToControlPlane(
  config: AgentConfig,
  self: Self,
): (signal: AbortSignal) => Promise<Tunnel> {
  const credentials = createCredentials(config, self.identity);

  return async function connect(signal): Promise<Tunnel> {
    const attempt = await credentials.choose();
    const connection = await dial(config, signal);
    try {
      const welcome = await shakeHands({ config, self, attempt }, connection);
      self.link = { facts: welcome.link, controlPlaneKey: welcome.controlPlaneKey };
      const { sealing } = welcome;
      return createTunnel({
        transport: sealing ? sealTransport(connection, sealing) : connection,
        role: 'server',
        maxStreams: MAX_STREAMS,
        maxStreamWindowBytes: MAX_STREAM_WINDOW_BYTES,
        windowBudget: new WindowBudget(WINDOW_BUDGET_BYTES),
      });
    } catch (error) {
      connection.close('handshake failed');
      if (!(error instanceof HandshakeRefusedError)) throw error;
      if (credentials.refused(attempt, error.code)) return connect(signal);
      throw toRefusal(error, attempt);
    }
  };
}

async function dial(config: AgentConfig, signal: AbortSignal): Promise<Connection> {
  const url = new URL(AGENT_CONNECT_PATH, config.controlPlaneUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const { proxy, caFile, socketPath } = config;
  const ca = caFile && (await readFile(caFile, 'utf8'));
  const dialSocket = socketPath === undefined ? dialNodeSocket : dialUnixSocket(socketPath);
  const dialled = { dial: dialSocket, url: url.href, protocol: AGENT_SUBPROTOCOL, proxy, ca };
  try {
    return await connectWebSocket({
      ...{ ...dialled, signal },
      timeoutMs: HANDSHAKE_TIMEOUT_MS,
      answerTimeoutMs: UPGRADE_TIMEOUT_MS,
    });
  } catch (error) {
    const isFull = error instanceof TunnelError && error.retryAfterSeconds !== undefined;
    throw isFull ? new RefusedError(error.message, { isFinal: false, ...delayOf(error) }) : error;
  }
}

async function shakeHands(
  { config, self, attempt }: { config: AgentConfig; self: Self; attempt: Attempt },
  connection: Connection,
): Promise<AgentWelcome> {
  const { identity, runtime } = self;
  const { credential, key } = attempt;
  const port = createMessagePort(connection);
  connection.onClose((reason) => port.closed(reason));
  const joinedWith = credential.mode === 'auth' ? undefined : hashJoinToken(credential.token);
  return runAgentHandshake({
    ...{ port, runtime, key, credential },
    parse: {
      challenge: (value) => ChallengeSchema.parse(value),
      welcome: (value) => WelcomeSchema.parse(value),
      refused: (value) => RefusedSchema.parse(value),
    },
    controlPlaneKeyId: config.serverKey,
    authority: authorityOf(config.controlPlaneUrl),
    channelBindingValue: connection.exportChannelBinding(),
    machine: await describeMachine(),
    persist: (state) => identity.confirm(key, state, joinedWith),
  });
}

function toRefusal(error: HandshakeRefusedError, { credential }: Attempt): RefusedError {
  const isFinal = credential.mode !== 'auth' && error.code === 'token_invalid';
  return new RefusedError(error.message, { isFinal, ...delayOf(error) });
}

function delayOf({ retryAfterSeconds = 0 }: TunnelError): { retryAfterMs: number } {
  return { retryAfterMs: retryAfterSeconds * 1_000 };
}
