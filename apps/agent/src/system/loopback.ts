import { connect, type Socket } from 'node:net';
import { systemCode } from './errors.ts';

const ADDRESSES = ['127.0.0.1', '::1'] as const;

/** Connects to a port of this machine's loopback, whichever of its two addresses serves it. */
export async function connectLoopback(port: number): Promise<Socket> {
  const [first, second] = ADDRESSES;
  try {
    return await connectTo(first, port);
  } catch (error) {
    if (systemCode(error) !== 'ECONNREFUSED') throw error;
    return connectTo(second, port);
  }
}

async function connectTo(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
