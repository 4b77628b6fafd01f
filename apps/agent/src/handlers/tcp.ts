import { AgentError, messageOf } from '../system/errors.ts';
import { connectLoopback } from '../system/loopback.ts';
import type { AgentRequest } from './handler.ts';

/** Carries bytes to and from a port on the workspace's loopback, and nowhere else. */
export async function handleTcp({ head, stream, accept }: AgentRequest<'tcp'>): Promise<void> {
  const socket = await connect(head.port);
  socket.on('error', (error) => stream.reset('internal', error.message));
  stream.once('close', () => socket.destroy());
  if (stream.destroyed) {
    socket.destroy();
    return;
  }
  accept();
  stream.pipe(socket).pipe(stream);
}

async function connect(port: number) {
  try {
    return await connectLoopback(port);
  } catch (error) {
    throw new AgentError('refused', `Nothing answers on port ${port}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
