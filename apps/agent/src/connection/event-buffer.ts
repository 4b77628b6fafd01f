import type { AgentEvent, SpoolPosition } from '@spt-flow/shared/agent-protocol/events';
import type { LogSpool } from '../log-spool/log-spool.ts';

export type EmitEvent = (event: AgentEvent) => void;

const MAX_STATES_LENGTH = 512 * 1024;

/** EventSink is where events go while the control plane listens; false: stop until `pump`. */
export type EventSink = (bytes: string | Buffer) => boolean;

/**
 * EventBuffer holds events while nobody listens or the listener is slow: log lines in the spool, which outlives the
 * agent, the states of things in memory.
 * INVARIANT: at most 512 KiB of states; the oldest give way, as each connection begins with the present ones.
 */
export interface EventBuffer {
  readonly emit: EmitEvent;
  readonly hasListener: boolean;
  /** True while the listener takes nothing more: what is emitted now waits. */
  readonly isBlocked: boolean;
  /** Sets the listener, who has the lines up to there; answers which spool they are of. It is told in a later turn. */
  attach(sink: EventSink, stored?: SpoolPosition): string | undefined;
  detach(): void;
  /** Sends what waits, until the listener has enough. */
  pump(): void;
  /** The listener has stored all lines up to this one. */
  acknowledge(seq: number): void;
  /** Writes down what the agent would forget when it ends. */
  flush(): void;
}

export function createEventBuffer(spool: LogSpool): EventBuffer {
  let states: string[] = [];
  let statesLength = 0;
  let sink: EventSink | undefined;
  let isBlocked = false;
  let isScheduled = false;

  function emit(event: AgentEvent): void {
    if (event.type === 'log') spool.add(event);
    else addState(`${JSON.stringify(event)}\n`);
    schedule();
  }

  function addState(line: string): void {
    states.push(line);
    statesLength += line.length;
    while (statesLength > MAX_STATES_LENGTH && states.length > 1)
      statesLength -= states.shift()?.length ?? 0;
  }

  /** What comes in one turn is written, and sent, together. */
  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      spool.flush();
      send();
    });
  }

  function send(): void {
    while (sink && !isBlocked) {
      const bytes = takeStates() ?? spool.read();
      if (bytes === undefined) return;
      isBlocked = !sink(bytes);
    }
  }

  function takeStates(): string | undefined {
    if (states.length === 0) return undefined;
    const text = states.join('');
    states = [];
    statesLength = 0;
    return text;
  }

  return {
    emit,
    attach(next, stored) {
      sink = next;
      isBlocked = false;
      schedule();
      return spool.resumeAfter(stored);
    },
    detach: () => {
      sink = undefined;
    },
    pump() {
      isBlocked = false;
      send();
    },
    acknowledge: (seq) => spool.acknowledge(seq),
    flush: () => spool.flush(),
    get hasListener() {
      return sink !== undefined;
    },
    get isBlocked() {
      return isBlocked;
    },
  };
}
