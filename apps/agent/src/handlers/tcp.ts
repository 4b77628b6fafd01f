import { joinSocket } from '@spt-flow/tunnel/join-socket';
import type { PortTable } from '../ports/port-table.ts';
import { AgentError, messageOf } from '../system/errors.ts';
import { connectFirst } from '../system/loopback.ts';
import type { Handler } from './handler.ts';

/** Carries bytes to and from a port of the workspace: on loopback, and at no process that is not of the workspace. */
export function createTcpHandler(ports: Pick<PortTable, 'routesTo'>): Handler<'tcp'> {
  return async ({ head, stream, accept }) => {
    const socket = await connect(head.port, await ports.routesTo(head.port));
    if (stream.destroyed) {
      socket.destroy();
      return;
    }
    accept();
    joinSocket(stream, socket);
  };
}

async function connect(port: number, routes: readonly string[]) {
  if (routes.length === 0)
    throw new AgentError('refused', `Nothing of this workspace listens on port ${port}`);
  try {
    return await connectFirst(routes, { port });
  } catch (error) {
    throw new AgentError('refused', `Nothing answers on port ${port}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
