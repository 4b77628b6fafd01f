import type { Buffer } from 'node:buffer';
import type { TextChannel } from './message-port.ts';
import type { Transport } from './types.ts';

/** Connection is what an agent and a control plane share: texts for the handshake, then a tunnel's bytes. */
export interface Connection extends Transport, TextChannel {
  /** Closes it because the peer may not stay. */
  forbid(reason: string): void;
  /** 32 bytes that only the two ends of this TLS 1.3 connection know; undefined without TLS. */
  exportChannelBinding(): Buffer | undefined;
}
