import { randomBytes, randomUUID } from 'node:crypto';
import type { HandshakeRuntime } from '@spt-flow/tunnel/handshake/messages';
import type { Clock } from '../../../lib/clock.ts';

export function createHandshakeRuntime(clock: Clock): HandshakeRuntime {
  return {
    randomBytes,
    randomUuid: randomUUID,
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.now().getTime(),
  };
}
