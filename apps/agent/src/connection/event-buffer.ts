import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';

export type EmitEvent = (event: AgentEvent) => void;

const MAX_BUFFER_BYTES = 512 * 1024;

/** EventSink is where events go while the control plane listens; false: stop until `pump`. */
export type EventSink = (text: string) => boolean;

/**
 * EventBuffer holds events while nobody listens or the listener is slow.
 * INVARIANT: at most 512 KiB; the oldest lines give way and are counted.
 */
export interface EventBuffer {
  readonly emit: EmitEvent;
  readonly hasListener: boolean;
  /** True while the listener takes nothing more: what is emitted now waits, and may be dropped. */
  readonly isBlocked: boolean;
  /** Sets the listener; undefined: none. */
  attach(sink: EventSink | undefined): void;
  /** Sends what waits, until the listener has enough. */
  pump(): void;
}

export function createEventBuffer(): EventBuffer {
  let lines: string[] = [];
  let bytes = 0;
  let dropped = 0;
  let sink: EventSink | undefined;
  let isBlocked = false;

  function emit(event: AgentEvent): void {
    const line = `${JSON.stringify(event)}\n`;
    lines.push(line);
    bytes += line.length;
    if (bytes > MAX_BUFFER_BYTES) dropOldest();
    if (!isBlocked) pump();
  }

  /** Drops a batch at a time, since shifting single lines costs the length of the buffer. */
  function dropOldest(): void {
    let kept = bytes;
    const count = lines.findIndex((line) => {
      kept -= line.length;
      return kept <= MAX_BUFFER_BYTES * 0.75;
    });
    lines = lines.slice(count + 1);
    bytes = kept;
    dropped += count + 1;
  }

  function pump(): void {
    isBlocked = false;
    if (!sink || (lines.length === 0 && dropped === 0)) return;
    const notice =
      dropped > 0
        ? `${JSON.stringify({ type: 'dropped', count: dropped } satisfies AgentEvent)}\n`
        : '';
    const text = notice + lines.join('');
    lines = [];
    bytes = 0;
    dropped = 0;
    isBlocked = !sink(text);
  }

  function attach(next: EventSink | undefined): void {
    sink = next;
    pump();
  }

  return {
    emit,
    attach,
    pump,
    get hasListener() {
      return sink !== undefined;
    },
    get isBlocked() {
      return isBlocked;
    },
  };
}
