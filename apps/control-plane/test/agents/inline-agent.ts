import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  CHANNEL_DATA,
  CHANNEL_STDERR,
  RequestHeadSchema,
  type RequestHead,
} from '@spt-flow/shared/agent-protocol/requests';
import { createChannelDecoder, encodeChannel } from '@spt-flow/tunnel/channel-framing';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Transport, Tunnel, TunnelStream } from '@spt-flow/tunnel/types';

/** createTransportPair connects two ends in memory; `cut` makes them silent without telling, like a lost network. */
export function createTransportPair() {
  const ends = [new MemoryEnd(), new MemoryEnd()] as const;
  ends[0].peer = ends[1];
  ends[1].peer = ends[0];
  return {
    left: ends[0],
    right: ends[1],
    cut: () => {
      for (const end of ends) end.isCut = true;
    },
  };
}

class MemoryEnd implements Transport {
  readonly lendsChunks = false;
  peer: MemoryEnd | undefined;
  isCut = false;
  #onBytes: ((chunk: Uint8Array) => void) | undefined;
  readonly #onCloses: ((reason: string) => void)[] = [];
  #early: Uint8Array[] = [];
  #closed = false;

  send(parts: readonly Uint8Array[], sent?: () => void): boolean {
    const chunk = Buffer.concat(parts);
    sent?.();
    if (!this.isCut) setImmediate(() => this.peer?.receive(chunk));
    return true;
  }

  receive(chunk: Uint8Array): void {
    if (this.#onBytes) this.#onBytes(chunk);
    else this.#early.push(chunk);
  }

  onBytes(handler: (chunk: Uint8Array) => void): void {
    this.#onBytes = handler;
    for (const chunk of this.#early.splice(0)) handler(chunk);
  }

  onDrain(): void {}

  onClose(handler: (reason: string) => void): void {
    this.#onCloses.push(handler);
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const handler of this.#onCloses) handler(reason);
    if (!this.isCut) setImmediate(() => this.peer?.close(reason));
  }
}

export interface InlineAgent {
  /** The control plane's end. */
  readonly tunnel: Tunnel;
  /** The agent's end. */
  readonly agentTunnel: Tunnel;
  readonly heads: RequestHead[];
  /** Sends a line on the stream of events, as it is. */
  tell(line: string): Promise<void>;
  cut(): void;
}

/** startInlineAgent serves the requests that the control plane's own tests need, with real processes. */
export function startInlineAgent(
  options: {
    directory?: string;
    answers?: Partial<Record<string, (stream: TunnelStream) => void>>;
  } = {},
): InlineAgent {
  const { left, right, cut } = createTransportPair();
  const tunnel = createTunnel({ transport: left, role: 'client' });
  const agentTunnel = createTunnel({ transport: right, role: 'server' });
  const heads: RequestHead[] = [];
  let setEvents: (stream: TunnelStream) => void = () => undefined;
  const events = new Promise<TunnelStream>((resolve) => {
    setEvents = resolve;
  });
  agentTunnel.onStream((stream) => {
    const head = RequestHeadSchema.parse(stream.head);
    heads.push(head);
    const answer = options.answers?.[head.method];
    if (answer) return answer(stream);
    if (head.method === 'events') {
      stream.respond({ ok: true });
      return setEvents(stream);
    }
    if (head.method === 'exec') return void exec(stream, head, options.directory ?? '/');
    stream.respond({ ok: false, code: 'unimplemented', message: 'unknown' });
    stream.end();
  });
  return {
    ...{ tunnel, agentTunnel, heads, cut },
    async tell(line) {
      (await events).write(`${line}\n`);
    },
  };
}

async function exec(
  stream: TunnelStream,
  head: Extract<RequestHead, { method: 'exec' }>,
  directory: string,
): Promise<void> {
  const [program = '', ...args] = head.argv;
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...process.env, ...head.env },
    detached: true,
  });
  stream.respond({ ok: true });
  const decoder = createChannelDecoder();
  stream.on('data', (chunk: Buffer) =>
    decoder.feed(chunk, (_channel, bytes) => void child.stdin.write(bytes)),
  );
  stream.on('end', () => child.stdin.end());
  stream.on(
    'close',
    () => child.exitCode === null && child.pid && process.kill(-child.pid, 'SIGKILL'),
  );
  child.stdout.on('data', (bytes: Buffer) => stream.write(encodeChannel(CHANNEL_DATA, bytes)));
  child.stderr.on('data', (bytes: Buffer) => stream.write(encodeChannel(CHANNEL_STDERR, bytes)));
  const [exitCode, signal] = await once(child, 'close');
  stream.endWith({ exitCode: exitCode ?? 128, signal, timedOut: false });
}
