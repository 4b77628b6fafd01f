import { TunnelError } from '@spt-flow/tunnel/types';

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false };
}

/** parserOf makes a schema throw what the handshake answers to. */
export function parserOf<T>(schema: Schema<T>): (value: unknown) => T {
  return (value) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new TunnelError('protocol_error', 'The message is not of the handshake');
  };
}
