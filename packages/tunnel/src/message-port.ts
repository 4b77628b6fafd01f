import { createDeferred, type Deferred } from './deferred.ts';
import { TunnelError } from './types.ts';

/** MessagePort exchanges JSON text messages before the tunnel starts. */
export interface MessagePort {
  send(message: object): void;
  /** Rejects with TunnelError `handshake_timeout`, `tunnel_closed` or `protocol_error`. */
  next(timeoutMs: number): Promise<unknown>;
}

export interface TextChannel {
  sendText(text: string): unknown;
  onText(handler: (text: string) => void): void;
}

export const MAX_TEXT_LENGTH = 64 * 1024;
/** Both sides speak in turn: more than this ahead of time is no handshake. */
const MAX_WAITING = 4;

export interface TextMessagePort extends MessagePort {
  /** Ends a waiting `next`; call it when the connection closes. */
  closed(reason: string): void;
}

export function createMessagePort(channel: TextChannel): TextMessagePort {
  const waiting: string[] = [];
  let taker: Deferred<string> | undefined;
  let failure: TunnelError | undefined;

  function fail(error: TunnelError): void {
    failure ??= error;
    taker?.reject(failure);
  }

  channel.onText((text) => {
    if (text.length > MAX_TEXT_LENGTH || waiting.length >= MAX_WAITING) {
      return fail(new TunnelError('protocol_error', 'Too much text for a handshake'));
    }
    if (taker) taker.resolve(text);
    else waiting.push(text);
    taker = undefined;
  });

  async function next(timeoutMs: number): Promise<unknown> {
    const ready = waiting.shift();
    if (ready !== undefined) return parseMessageText(ready);
    if (failure) throw failure;
    const pending = createDeferred<string>();
    taker = pending;
    const timer = setTimeout(() => {
      taker = undefined;
      pending.reject(new TunnelError('handshake_timeout', 'The peer did not answer in time'));
    }, timeoutMs);
    try {
      return parseMessageText(await pending.promise);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    send: (message) => void channel.sendText(JSON.stringify(message)),
    next,
    closed: (reason) => fail(new TunnelError('tunnel_closed', reason)),
  };
}

/** Awaits the next message; TunnelError `protocol_error` when `parseMessage` does not take it. */
export async function receiveMessage<T>(
  port: MessagePort,
  parseMessage: (value: unknown) => T,
  timeoutMs: number,
): Promise<T> {
  const value = await port.next(timeoutMs);
  try {
    return parseMessage(value);
  } catch (error) {
    if (error instanceof TunnelError) throw error;
    throw new TunnelError('protocol_error', 'Message is not the expected one');
  }
}

/** Reads a message's text; TunnelError `protocol_error` when it is not JSON. */
export function parseMessageText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const failure = new TunnelError('protocol_error', 'Message is not JSON');
    failure.cause = error;
    throw failure;
  }
}
