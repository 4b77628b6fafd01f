import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { requestThrough } from './agent-connections.ts';
import { readAgentEvents } from './agent-events.ts';

const ALIVE_TIMEOUT_MS = 2_000;

/** AgentSession is an agent that has proved who it is. */
export interface AgentSession {
  readonly sessionId: string;
  readonly agentId: string;
  readonly workspaceId: string;
  readonly organizationId: string;
  readonly bootId: string;
  readonly machineFingerprint: string;
}

export interface AgentConnectionOptions {
  readonly session: AgentSession;
  readonly tunnel: Tunnel;
  readonly monotonicMs: () => number;
  /** Awaited before more is read: a slow database slows the agent down, not this process's memory up. */
  readonly onEvents: (session: AgentSession, events: readonly AgentEvent[]) => Promise<void>;
}

/** AgentConnection is the live connection of one agent, and listens to what it tells. */
export class AgentConnection {
  readonly session: AgentSession;
  readonly tunnel: Tunnel;
  readonly #options: AgentConnectionOptions;
  #lastHeardMs: number;

  constructor(options: AgentConnectionOptions) {
    this.session = options.session;
    this.tunnel = options.tunnel;
    this.#options = options;
    this.#lastHeardMs = options.monotonicMs();
  }

  /** Follows the agent's events until the connection ends; an agent that stops telling is of no use. */
  async listen(): Promise<void> {
    try {
      const { stream } = await requestThrough(this.tunnel, { method: 'events' });
      for await (const events of readAgentEvents(stream)) {
        this.#lastHeardMs = this.#options.monotonicMs();
        await this.#options.onEvents(this.session, events);
      }
    } finally {
      this.tunnel.close('events_ended');
    }
  }

  silentForMs(): number {
    return this.#options.monotonicMs() - this.#lastHeardMs;
  }

  /** False: the other end does not answer, e.g. a half-open TCP connection. */
  async isAlive(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ALIVE_TIMEOUT_MS);
    });
    const answered = this.tunnel.ping().then(
      () => true,
      () => false,
    );
    return Promise.race([answered, tooLate]).finally(() => clearTimeout(timer));
  }
}
