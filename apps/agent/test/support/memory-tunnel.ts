import { createTunnel } from '@spt-flow/tunnel/session';
import type { Transport, Tunnel } from '@spt-flow/tunnel/types';

/** Two ends of a tunnel in one process; bytes are delivered in later turns, as from a socket. */
export function createTunnelPair(): { controlPlane: Tunnel; agent: Tunnel } {
  const [left, right] = createTransportPair();
  return {
    controlPlane: createTunnel({ transport: left, role: 'client' }),
    agent: createTunnel({ transport: right, role: 'server' }),
  };
}

interface End extends Transport {
  deliver(chunk: Uint8Array): void;
  ended(reason: string): void;
}

function createTransportPair(): [Transport, Transport] {
  const left = createEnd(() => right);
  const right = createEnd(() => left);
  return [left, right];
}

function createEnd(peer: () => End): End {
  let onBytes: (chunk: Uint8Array) => void = () => undefined;
  let onDrain = (): void => undefined;
  let onClose: (reason: string) => void = () => undefined;
  return {
    lendsChunks: false,
    send(parts, sent) {
      const chunk = Buffer.concat(parts);
      setImmediate(() => {
        peer().deliver(chunk);
        sent?.();
        onDrain();
      });
      return false;
    },
    onBytes: (handler) => void (onBytes = handler),
    onDrain: (handler) => void (onDrain = handler),
    onClose: (handler) => void (onClose = handler),
    close(reason) {
      setImmediate(() => peer().ended(reason));
      onClose(reason);
    },
    deliver: (chunk) => onBytes(chunk),
    ended: (reason) => onClose(reason),
  };
}
