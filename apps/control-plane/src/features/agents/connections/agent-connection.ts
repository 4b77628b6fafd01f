import { setTimeout as sleep } from 'node:timers/promises';
import {
  EventsStartedSchema,
  HEARTBEAT_INTERVAL_MS,
  type AgentEvent,
  type LogsStored,
  type SpoolPosition,
} from '@spt-flow/shared/agent-protocol/events';
import { AppError } from '@spt-flow/shared/domain/errors';
import { TunnelError, type Tunnel, type TunnelStream } from '@spt-flow/tunnel/types';
import { requestThrough } from './agent-connections.ts';
import { AgentEventReader } from './agent-events.ts';
import { createEventQueue, type EventQueue } from './event-queue.ts';
import { createPace, LINE_PACE, READING_PACE } from './pace.ts';

const ALIVE_TIMEOUT_MS = 2_000;
const MISSED_HEARTBEATS = 3;
/** Silence after which an agent is gone. */
export const SILENCE_LIMIT_MS = MISSED_HEARTBEATS * HEARTBEAT_INTERVAL_MS;

/** AgentSession is an agent that has proved who it is. */
export interface AgentSession {
  readonly sessionId: string;
  readonly agentId: string;
  readonly workspaceId: string;
  /** Another one from the moment on when a workspace that was kept ready is claimed. */
  organizationId: string;
  /** The fencing number: of two connections of an agent, the one with the higher one is the later. */
  readonly generation: number;
  readonly bootId: string;
  readonly machineFingerprint: string;
}

/** AgentConnectionDeps is what all connections share. */
export interface AgentConnectionDeps {
  readonly monotonicMs: () => number;
  /** While it is not done little more is read: a slow database slows the agent down, not this process's memory up. */
  readonly onEvents: (
    session: AgentSession,
    events: readonly AgentEvent[],
    spool?: string,
  ) => Promise<void> | undefined;
  /** Up to where the log lines of the workspace's agent are stored: it goes on after them. */
  readonly spoolPosition?:
    ((workspaceId: string) => Promise<SpoolPosition | undefined>) | undefined;
  /** Whether one more long document of this workspace may be read. */
  readonly mayBeLong: (workspaceId: string) => boolean;
  readonly onError: (error: unknown, session: AgentSession) => void;
}

/** AgentConnection is the live connection of one agent, and listens to what it tells. */
export class AgentConnection {
  readonly session: AgentSession;
  readonly tunnel: Tunnel;
  readonly #deps: AgentConnectionDeps;
  #lastHeardMs: number;
  #queue: EventQueue | undefined;
  #spool: string | undefined;
  #isResting = false;
  readonly #delayAfter: (lines: number) => number;
  readonly #restAfter: (readingMs: number) => number;

  constructor(deps: AgentConnectionDeps, session: AgentSession, tunnel: Tunnel) {
    this.session = session;
    this.tunnel = tunnel;
    this.#deps = deps;
    this.#lastHeardMs = deps.monotonicMs();
    this.#delayAfter = createPace(LINE_PACE, deps.monotonicMs);
    this.#restAfter = createPace(READING_PACE, deps.monotonicMs);
  }

  /** Follows the agent's events until the connection ends; an agent that stops telling is of no use. */
  async listen(): Promise<void> {
    try {
      const stored = await this.#deps.spoolPosition?.(this.session.workspaceId);
      const { stream, data } = await requestThrough(this.tunnel, { method: 'events', stored });
      this.#spool = EventsStartedSchema.safeParse(data).data?.spool;
      this.#follow(stream);
    } catch (error) {
      this.#end(error);
    }
  }

  /** An agent that waits for us is not silent. */
  silentForMs(): number {
    if (this.#isResting) return 0;
    return this.#queue?.isStoring ? 0 : this.#deps.monotonicMs() - this.#lastHeardMs;
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

  #follow(stream: TunnelStream): void {
    const { workspaceId } = this.session;
    const reader = new AgentEventReader(() => this.#deps.mayBeLong(workspaceId));
    let isFull = false;
    const turn = () => (isFull || this.#isResting ? stream.pause() : stream.resume());
    const setFull = (value: boolean) => {
      isFull = value;
      turn();
    };
    const queue = createEventQueue({
      store: (events) => this.#store(events, stream),
      pause: () => setFull(true),
      resume: () => setFull(false),
      onError: (error) => this.#end(error),
    });
    this.#queue = queue;
    stream.on('data', (chunk: Buffer) => {
      const startedMs = this.#deps.monotonicMs();
      try {
        queue.push(reader.feed(chunk), chunk.length);
      } catch (error) {
        return this.#end(error);
      }
      this.#lastHeardMs = this.#deps.monotonicMs();
      const restMs = this.#restAfter(this.#lastHeardMs - startedMs);
      if (restMs > 0) this.#rest(restMs, turn);
    });
    stream.once('end', () => this.#end(undefined));
    stream.once('close', () => this.#end(stream.errored));
  }

  #rest(restMs: number, turn: () => void): void {
    this.#isResting = true;
    turn();
    const end = () => {
      this.#isResting = false;
      this.#lastHeardMs = this.#deps.monotonicMs();
      turn();
    };
    setTimeout(end, restMs).unref();
  }

  #store(events: readonly AgentEvent[], stream: TunnelStream): Promise<void> | undefined {
    const stored = this.#deps.onEvents(this.session, events, this.#spool);
    return stored?.then(async () => {
      await this.#acknowledge(stream, events);
      this.#lastHeardMs = this.#deps.monotonicMs();
    });
  }

  /** Tells what is stored, and takes no more for a while of an agent that floods. */
  async #acknowledge(stream: TunnelStream, events: readonly AgentEvent[]): Promise<void> {
    const lines = events.filter((event) => event.type === 'log');
    const last = lines.findLast(({ seq }) => seq !== undefined)?.seq;
    // Who does not read what is stored keeps its lines; it must not pile up here.
    if (last !== undefined && !stream.destroyed && !stream.writableNeedDrain)
      stream.write(`${JSON.stringify({ stored: last } satisfies LogsStored)}\n`);
    const delayMs = this.#delayAfter(lines.length);
    if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
  }

  #end(error: unknown): void {
    this.tunnel.close('events_ended');
    if (error && !isEndOfConnection(error)) this.#deps.onError(error, this.session);
  }
}

function isEndOfConnection(error: unknown): boolean {
  return (
    error instanceof TunnelError || (error instanceof AppError && error.code === 'agent_offline')
  );
}
