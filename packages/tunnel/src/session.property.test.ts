import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createMemoryEnd, exchange, settle } from '../test/support/memory-transport.ts';
import { createTunnel } from './session.ts';
import type { Tunnel, TunnelStream } from './types.ts';

type Step =
  | { readonly kind: 'open'; readonly side: 0 | 1 }
  | { readonly kind: 'write'; readonly stream: number; readonly end: 0 | 1; readonly bytes: number }
  | { readonly kind: 'end'; readonly stream: number; readonly end: 0 | 1 }
  | { readonly kind: 'pause' | 'resume' | 'reset'; readonly stream: number; readonly end: 0 | 1 }
  | { readonly kind: 'block'; readonly side: 0 | 1 }
  | { readonly kind: 'drain'; readonly side: 0 | 1 }
  | { readonly kind: 'deliver'; readonly side: 0 | 1; readonly count: number };

const side = fc.constantFrom<0 | 1>(0, 1);
const stream = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('open' as const), side }), weight: 2 },
  {
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      stream,
      end: side,
      bytes: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 400_000 })),
    }),
    weight: 6,
  },
  { arbitrary: fc.record({ kind: fc.constant('end' as const), stream, end: side }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constantFrom('pause' as const, 'resume' as const, 'reset' as const),
      stream,
      end: side,
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ kind: fc.constant('block' as const), side }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('drain' as const), side }), weight: 1 },
  {
    arbitrary: fc.record({ kind: fc.constant('deliver' as const), side, count: fc.nat(4) }),
    weight: 6,
  },
);

/** Half is what one end sent, and what arrived of it. */
class Half {
  readonly stream: TunnelStream;
  readonly sent = createHash('sha256');
  readonly received = createHash('sha256');
  sentBytes = 0;
  receivedBytes = 0;
  isEnded = false;

  constructor(stream: TunnelStream) {
    this.stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.received.update(chunk);
      this.receivedBytes += chunk.length;
    });
  }

  write(bytes: number, seed: number): void {
    if (this.isEnded || this.stream.destroyed) return;
    const chunk = Buffer.alloc(bytes, seed);
    this.sent.update(chunk);
    this.sentBytes += bytes;
    this.stream.write(chunk);
  }

  end(): void {
    this.isEnded = true;
    if (!this.stream.destroyed) this.stream.end();
  }
}

class Model {
  readonly ends = [createMemoryEnd(), createMemoryEnd()] as const;
  readonly tunnels: readonly [Tunnel, Tunnel] = [
    createTunnel({ transport: this.ends[0], role: 'client' }),
    createTunnel({ transport: this.ends[1], role: 'server' }),
  ];
  readonly pairs: { halves: [Half, Half | undefined]; wasReset: boolean }[] = [];

  constructor() {
    for (const tunnel of this.tunnels) {
      tunnel.onStream((accepted) => {
        accepted.respond({});
        const { index } = accepted.head as { index: number };
        const pair = this.pairs[index];
        if (pair) pair.halves[1] = new Half(accepted);
      });
    }
  }

  run(step: Step, seed: number): void {
    if (step.kind === 'open') {
      const opened = this.tunnels[step.side].open({ index: this.pairs.length });
      this.pairs.push({ halves: [new Half(opened), undefined], wasReset: false });
    } else if (step.kind === 'deliver') {
      const messages = this.ends[step.side].sent.splice(0, step.count);
      for (const message of messages) this.ends[step.side === 0 ? 1 : 0].receive(message);
    } else if (step.kind === 'block') {
      this.ends[step.side].blocked = true;
    } else if (step.kind === 'drain') {
      this.ends[step.side].blocked = false;
      this.ends[step.side].drain();
    } else {
      this.#runOnStream(step, seed);
    }
  }

  #runOnStream(step: Extract<Step, { stream: number }>, seed: number): void {
    const pair = this.pairs[step.stream];
    const half = pair?.halves[step.end];
    if (!pair || !half) return;
    if (step.kind === 'write') half.write(step.bytes, seed);
    else if (step.kind === 'end') half.end();
    else if (step.kind === 'pause') half.stream.pause();
    else if (step.kind === 'resume') half.stream.resume();
    else {
      pair.wasReset = true;
      half.stream.reset('cancelled');
    }
  }

  async finish(): Promise<void> {
    for (const end of this.ends) end.blocked = false;
    await exchange(...this.ends);
    for (const half of this.pairs.flatMap(({ halves }) => halves)) {
      half?.stream.resume();
      half?.end();
    }
    await exchange(...this.ends);
  }
}

it('every stream that nobody reset arrives whole, whatever the schedule', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 80 }), async (steps) => {
      const model = new Model();
      for (const [index, each] of steps.entries()) {
        model.run(each, index);
        if (index % 3 === 0) await settle();
      }
      await model.finish();

      expect(model.ends.map((end) => end.closedWith)).toEqual([[], []]);
      expect(model.tunnels.map((tunnel) => tunnel.streamCount)).toEqual([0, 0]);
      for (const { halves, wasReset } of model.pairs) {
        const [opener, acceptor] = halves;
        if (wasReset || !acceptor) continue;
        expect(acceptor.receivedBytes).toBe(opener.sentBytes);
        expect(opener.receivedBytes).toBe(acceptor.sentBytes);
        expect(acceptor.received.digest('hex')).toBe(opener.sent.digest('hex'));
        expect(opener.received.digest('hex')).toBe(acceptor.sent.digest('hex'));
      }
      for (const tunnel of model.tunnels) tunnel.close('test is over');
    }),
    { numRuns: 150 },
  );
});
