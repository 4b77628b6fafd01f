import { describe, expect, it } from 'vitest';
import { sshString, SshFormatError, uint32, uint64, WireReader } from './wire.ts';

describe('WireReader', () => {
  it('reads what was written, to the end', () => {
    const reader = new WireReader(
      Buffer.concat([uint32(7), sshString('häuser'), sshString(''), sshString(uint64(1n))]),
    );

    expect(reader.uint32()).toBe(7);
    expect(reader.string().toString()).toBe('häuser');
    expect(reader.string()).toHaveLength(0);
    expect(reader.isAtEnd).toBe(false);
    expect(reader.string()).toEqual(Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]));
    expect(reader.isAtEnd).toBe(true);
  });

  it.each([
    Buffer.alloc(0),
    Buffer.from([0, 0, 0]),
    Buffer.from([0, 0, 0, 2, 1]),
    Buffer.from([255, 255, 255, 255, 1]),
  ])('refuses bytes that end too early: %j', (bytes) => {
    expect(() => new WireReader(bytes).string()).toThrow(SshFormatError);
  });
});
