import { describe, expect, it } from 'vitest';
import { createMender } from './mender.ts';

describe('a mender that is closed', () => {
  it.each([
    ['succeeds', undefined],
    ['fails', new Error('disk full')],
  ])(
    'in an attempt that %s is closed when that is over, and makes no other',
    async (_name, error) => {
      const order: string[] = [];
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const mender = createMender({
        async recover() {
          order.push('begun');
          await gate;
          order.push('over');
          if (error) throw error;
        },
        clock: { nowMs: () => 0, sleep: async () => undefined },
        log: () => undefined,
      });
      const mending = mender.mend();

      const closing = mender.close().then(() => order.push('closed'));
      // Time enough for a close that waits for nothing.
      await Promise.resolve();
      release();
      await Promise.all([closing, mending]);

      expect(order).toEqual(['begun', 'over', 'closed']);
    },
  );
});
