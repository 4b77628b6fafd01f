import { JOINED_SOCKET } from '@spt-flow/tunnel/join-socket';
import { connect, type Socket } from 'node:net';
import { systemCode } from './errors.ts';

const ADDRESSES = ['127.0.0.1', '::1'];

/**
 * Connects to a port of this machine's loopback, whichever of its two addresses serves it. The signal also ends the
 * connection later: a program that accepts nothing any more lets connecting wait for minutes.
 */
export function connectLoopback(port: number, signal?: AbortSignal): Promise<Socket> {
  return connectFirst(ADDRESSES, { port, signal });
}

interface Target {
  readonly port: number;
  readonly signal?: AbortSignal | undefined;
}

/** Connects to the first address at which somebody listens. */
export async function connectFirst(addresses: readonly string[], target: Target): Promise<Socket> {
  const [host = '', ...others] = addresses;
  try {
    return await connectTo({ ...target, host });
  } catch (error) {
    if (others.length === 0 || !isNobodyThere(error)) throw error;
    return connectFirst(others, target);
  }
}

/** The second code is that of a machine without this kind of address. */
function isNobodyThere(error: unknown): boolean {
  return ['ECONNREFUSED', 'EADDRNOTAVAIL'].includes(systemCode(error) ?? '');
}

async function connectTo(target: Target & { readonly host: string }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...JOINED_SOCKET, ...target, allowHalfOpen: true, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
