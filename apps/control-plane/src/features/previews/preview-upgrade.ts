import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerHeaders, requestHead } from './preview-headers.ts';
import { problemStatus, type PreviewProblem } from './preview-page.ts';
import { problemOf } from './preview-proxy.ts';
import { AppConnection, type Exchange } from './wire/app-connection.ts';
import { FrameBoundary } from './wire/frame-boundary.ts';
import type { ResponseHead } from './wire/response-head.ts';

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

export interface UpgradeTarget {
  /** What the app is told of who asked. */
  readonly forwarding: string;
  readonly connect: () => Promise<Duplex>;
  /** The browser sent something of its own accord. */
  readonly onUse: () => void;
  /** Ends it: its visitor may not stay. */
  readonly signal: AbortSignal;
}

/** Requests in such a protocol would reach the app unseen, with whatever they say of who asks. */
const CARRIES_REQUESTS = /(?:^|,)\s*(?:h2|http|tls)/i;
/** A WebSocket's close, with code 1008: it violates a policy. */
const CLOSE_FRAME = Buffer.from([0x88, 2, 0x03, 0xf0]);
const CLOSE_PATIENCE_MS = 2_000;
/** From here on opcodes of WebSocket frames are those that answer or keep the connection. */
const FIRST_CONTROL_OPCODE = 8;

/** proxyUpgrade connects a WebSocket to the app. The app has to agree first: until then the bytes stay HTTP. */
export async function proxyUpgrade(
  upgrade: Upgrade,
  { forwarding, connect, onUse, signal }: UpgradeTarget,
): Promise<void> {
  const { request, socket } = upgrade;
  const protocol = request.headers.upgrade ?? 'websocket';
  const extra = ['Connection: Upgrade', `Upgrade: ${protocol}`];
  const head = requestHead(request, { forwarding, extra });
  if (head === undefined || CARRIES_REQUESTS.test(protocol)) return refuse(socket, 'broken');
  try {
    const connection = new AppConnection(await connect(), (idle) => idle.destroy());
    socket.once('close', () => connection.destroy());
    if (socket.destroyed || signal.aborted) return leave(socket, connection);
    const exchange = createExchange(upgrade, connection, { onUse, signal });
    connection.ask({ head, isHead: false, hasBody: false }, exchange);
  } catch (error) {
    refuse(socket, problemOf(error));
  }
}

function leave(socket: Duplex, connection: AppConnection): void {
  connection.destroy();
  socket.destroy();
}

function createExchange(
  { socket, head, request }: Upgrade,
  connection: AppConnection,
  { onUse, signal }: Pick<UpgradeTarget, 'onUse' | 'signal'>,
): Exchange {
  let isAnswered = false;
  const onForbidden = () => leave(socket, connection);
  signal.addEventListener('abort', onForbidden);
  return {
    onHead(answer) {
      isAnswered = true;
      socket.write(answerHead(answer), 'latin1');
    },
    onSwitch(stream, rest) {
      signal.removeEventListener('abort', onForbidden);
      stream.write(head);
      socket.write(rest);
      const boundary = new FrameBoundary();
      boundary.feed(rest);
      stream.on('data', (chunk: Buffer) => boundary.feed(chunk));
      join(socket, stream);
      // A page that was left open answers pings for ever: that is no use.
      socket.on('data', (data: Buffer) => {
        if (((data[0] ?? 0) & 0x0f) < FIRST_CONTROL_OPCODE) onUse();
      });
      const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
      signal.addEventListener('abort', () => {
        if (!isWebSocket || !boundary.isBetweenFrames) return socket.destroy();
        stream.unpipe(socket);
        socket.unpipe(stream);
        sayGoodbye(socket);
      });
    },
    onData(data) {
      if (socket.write(data)) return true;
      socket.once('drain', () => connection.resume());
      return false;
    },
    onEnd: (last) => void socket.end(last),
    onError(error) {
      if (isAnswered) socket.destroy();
      else refuse(socket, problemOf(error));
    },
  };
}

/** An app that does not switch answers over a connection that ends with the answer. */
function answerHead({ status, reason, headers, connection }: ResponseHead): string {
  const protocol = headers.find(
    (_value, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === 'upgrade',
  );
  const lines = answerHeaders(headers, connection).reduce(
    (text, part, index) => text + (index % 2 === 0 ? `${part}: ` : `${part}\r\n`),
    '',
  );
  const last =
    status === 101 ? `Connection: Upgrade\r\nUpgrade: ${protocol ?? ''}` : 'Connection: close';
  return `HTTP/1.1 ${status} ${reason}\r\n${lines}${last}\r\n\r\n`;
}

/** What the visitor still sends goes nowhere. */
function sayGoodbye(socket: Duplex): void {
  socket.resume();
  socket.end(CLOSE_FRAME);
  setTimeout(() => socket.destroy(), CLOSE_PATIENCE_MS).unref();
}

/** Bytes both ways, the end of each half, and what breaks one breaks the other. */
function join(socket: Duplex, stream: Duplex): void {
  stream.on('error', () => socket.destroy());
  stream.once('close', () => {
    if (!stream.readableEnded) socket.destroy();
  });
  socket.pipe(stream);
  stream.pipe(socket);
}

function refuse(socket: Duplex, problem: PreviewProblem): void {
  if (!socket.writable) return;
  socket.end(
    `HTTP/1.1 ${problemStatus(problem)} Preview Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
