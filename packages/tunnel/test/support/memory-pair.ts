import { afterEach, beforeEach } from 'vitest';
import {
  encodeFrame,
  encodeJson,
  type Frame,
  FRAME,
  type FrameType,
} from '../../src/frame-codec.ts';
import { FrameDecoder } from '../../src/frame-decoder.ts';
import { createTunnel, type TunnelOptions } from '../../src/session.ts';
import type { Tunnel, TunnelStream } from '../../src/types.ts';
import { createMemoryEnd, exchange, type MemoryEnd } from './memory-transport.ts';

export interface Pair {
  readonly left: MemoryEnd;
  readonly right: MemoryEnd;
  readonly client: Tunnel;
  readonly server: Tunnel;
  readonly accepted: TunnelStream[];
}

export function createPair(limits: Partial<Omit<TunnelOptions, 'transport' | 'role'>> = {}): Pair {
  const left = createMemoryEnd();
  const right = createMemoryEnd();
  const client = createTunnel({ transport: left, role: 'client', ...limits });
  const server = createTunnel({ transport: right, role: 'server', ...limits });
  const accepted: TunnelStream[] = [];
  server.onStream((stream) => accepted.push(stream));
  return { left, right, client, server, accepted };
}

/** usePair is a fresh pair for each test, closed after it. */
export function usePair(): Pair {
  // Filled before each test.
  const pair = {} as Pair;
  beforeEach(() => void Object.assign(pair, createPair()));
  afterEach(() => closePair(pair));
  return pair;
}

export function closePair({ client, server }: Pair): void {
  client.close('test is over');
  server.close('test is over');
}

export async function openStream(
  pair: Pair,
): Promise<{ opener: TunnelStream; acceptor: TunnelStream }> {
  const opener = pair.client.open({ method: 'test' });
  await exchange(pair.left, pair.right);
  const acceptor = pair.accepted.at(-1);
  if (!acceptor) throw new Error('The stream did not arrive');
  acceptor.respond({ ok: true });
  await exchange(pair.left, pair.right);
  return { opener, acceptor };
}

/** The frames of what was sent, without pings. */
export function framesOf(sent: readonly Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder((frame) => frames.push(frame));
  for (const chunk of sent) decoder.feed(chunk);
  return frames.filter(({ type }) => type !== FRAME.ping && type !== FRAME.pong);
}

export function frame(streamId: number, type: FrameType, payload: Uint8Array | object): Uint8Array {
  const bytes = payload instanceof Uint8Array ? payload : encodeJson(payload, 1_000_000);
  return encodeFrame(streamId, type, bytes);
}
