import { afterEach, describe, expect, it, vi } from 'vitest';
import { GrowingBuffer } from './growing-buffer.ts';

afterEach(() => vi.restoreAllMocks());

describe('a growing buffer', () => {
  it('gathers pieces, hands them over and begins anew', () => {
    const gathered = new GrowingBuffer();
    for (const piece of ['a', '', 'bcd', 'e'.repeat(100)]) gathered.append(Buffer.from(piece));

    expect(gathered.length).toBe(104);
    expect(gathered.bytes.toString()).toBe(`abcd${'e'.repeat(100)}`);
    const taken = gathered.take();
    gathered.append(Buffer.from('x'));

    expect(taken.toString()).toBe(`abcd${'e'.repeat(100)}`);
    expect(gathered.bytes.toString()).toBe('x');
  });

  it('does not join everything anew for each piece', () => {
    const gathered = new GrowingBuffer();
    const allocate = vi.spyOn(Buffer, 'allocUnsafe');
    for (let index = 0; index < 10_000; index += 1) gathered.append(Buffer.of(1));

    expect(allocate.mock.calls.length).toBeLessThan(20);
  });
});
