import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AgentConfig } from '@spt-flow/config/agent';
import {
  AGENT_CONNECT_PATH,
  AGENT_SUBPROTOCOL,
  ChallengeSchema,
  HANDSHAKE_TIMEOUT_MS,
  RefusedSchema,
  WelcomeSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import type { Connection } from '@spt-flow/tunnel/connection';
import { runAgentHandshake, type AgentCredential } from '@spt-flow/tunnel/handshake-agent';
import { HandshakeRefusedError } from '@spt-flow/tunnel/handshake-messages';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { dialNodeSocket } from '@spt-flow/tunnel/node-socket';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { authorityOf, connectWebSocket } from '@spt-flow/tunnel/websocket-client';
import { WindowBudget } from '@spt-flow/tunnel/window-budget';
import type { StateDirectory } from '../system/state-directory.ts';
import { loadIdentity, readAgentState, writeAgentState } from './identity.ts';
import { describeMachine } from './machine.ts';
import { RefusedError } from './refused-error.ts';

/** Half of the budget for one stream: a workspace has few fast ones, and the agent little memory. */
const MAX_STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const WINDOW_BUDGET_BYTES = 8 * 1024 * 1024;

export interface ConnectDeps {
  readonly config: AgentConfig;
  readonly state: Pick<StateDirectory, 'identityKey' | 'joinState'>;
}

/** Makes the function that dials the control plane and proves who each other is. */
export function connectToControlPlane({
  config,
  state,
}: ConnectDeps): (signal: AbortSignal) => Promise<Tunnel> {
  /** Spent once it was accepted. */
  let token = config.joinToken;
  /** The control plane does not know the agent that this state directory remembers. */
  let isForgotten = false;

  async function chooseCredential(): Promise<AgentCredential> {
    const known = await readAgentState(state.joinState);
    if (known && !(isForgotten && token !== undefined)) return { mode: 'auth', state: known };
    if (token !== undefined) return { mode: 'enrol', token };
    throw new RefusedError('SPT_FLOW_AGENT_TOKEN: is needed until the agent has enrolled', {
      isFinal: true,
      retryAfterMs: 0,
    });
  }

  async function shakeHands(connection: Connection, credential: AgentCredential): Promise<void> {
    const port = createMessagePort(connection);
    connection.onClose((reason) => port.closed(reason));
    await runAgentHandshake({
      port,
      parse: {
        challenge: (value) => ChallengeSchema.parse(value),
        welcome: (value) => WelcomeSchema.parse(value),
        refused: (value) => RefusedSchema.parse(value),
      },
      runtime: {
        wallMs: Date.now,
        monotonicMs: () => performance.now(),
        randomBytes,
        randomUuid: randomUUID,
      },
      key: await loadIdentity(state.identityKey),
      credential,
      controlPlaneKeyId: config.serverKey,
      authority: authorityOf(config.controlPlaneUrl),
      channelBinding: config.channelBinding,
      channelBindingValue: connection.exportChannelBinding(),
      machine: await describeMachine(),
      persist: (joined) => writeAgentState(state.joinState, joined),
    });
    token = undefined;
  }

  return async function connect(signal) {
    const credential = await chooseCredential();
    const url = new URL(AGENT_CONNECT_PATH, config.controlPlaneUrl);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const connection = await connectWebSocket({
      dial: dialNodeSocket,
      url: url.href,
      protocol: AGENT_SUBPROTOCOL,
      proxy: config.proxy,
      ca: config.caFile && (await readFile(config.caFile, 'utf8')),
      timeoutMs: HANDSHAKE_TIMEOUT_MS,
      signal,
    });
    try {
      await shakeHands(connection, credential);
    } catch (error) {
      connection.close('handshake failed');
      if (!(error instanceof HandshakeRefusedError)) throw error;
      isForgotten ||= credential.mode === 'auth' && error.code === 'refused';
      const isFinal = credential.mode === 'enrol' && error.code === 'token_invalid';
      throw new RefusedError(error.message, {
        isFinal,
        retryAfterMs: (error.retryAfterSeconds ?? 0) * 1_000,
      });
    }
    return createTunnel({
      transport: connection,
      role: 'server',
      maxStreams: 1024,
      maxStreamWindowBytes: MAX_STREAM_WINDOW_BYTES,
      windowBudget: new WindowBudget(WINDOW_BUDGET_BYTES),
    });
  };
}
