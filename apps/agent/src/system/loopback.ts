import { connect, type Socket } from 'node:net';
import { systemCode } from './errors.ts';

const ADDRESSES = ['127.0.0.1', '::1'] as const;

/**
 * Connects to a port of this machine's loopback, whichever of its two addresses serves it. The signal also ends the
 * connection later: a program that accepts nothing any more lets connecting wait for minutes.
 */
export async function connectLoopback(port: number, signal?: AbortSignal): Promise<Socket> {
  const [first, second] = ADDRESSES;
  try {
    return await connectTo({ host: first, port, signal });
  } catch (error) {
    if (systemCode(error) !== 'ECONNREFUSED') throw error;
    return connectTo({ host: second, port, signal });
  }
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal | undefined;
}

async function connectTo(target: Target): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...target, allowHalfOpen: true, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
