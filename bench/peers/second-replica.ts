import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createDeferred } from '@spt-flow/tunnel/deferred';
import { countReads } from '@spt-flow/tunnel/young-collections';
import { requestThrough } from '../../apps/control-plane/src/features/agents/connections/agent-connections.ts';
import { createPeerLinks } from '../../apps/control-plane/src/features/replicas/peer-links.ts';
import { HOLDER_ID, HOLDER_SECRET } from '../harness/holder.ts';

/**
 * A replica without the agent: carries what connects to its port to a port of the agent's machine, through the replica
 * that holds it. Usage: second-replica DOOR_PORT TARGET_PORT.
 */
const [doorPort, targetPort] = process.argv.slice(2);
const linked = createDeferred<string>();
const links = createPeerLinks({
  ...{ id: randomUUID(), secret: HOLDER_SECRET },
  onLinked: linked.resolve,
  onError: (error) => console.error(error),
});

async function carry(socket: Socket): Promise<void> {
  socket.on('error', () => socket.destroy());
  const holder = { open: (head: unknown) => links.open(HOLDER_ID, head) };
  const { stream } = await requestThrough(holder, { method: 'tcp', port: Number(targetPort) });
  stream.on('error', () => socket.destroy());
  socket.on('close', () => stream.destroy());
  countReads(socket);
  socket.pipe(stream).pipe(socket);
}

links.keep([{ id: HOLDER_ID, address: `127.0.0.1:${doorPort}` }]);
await linked.promise;
const users = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void carry(socket));
users.listen(0, '127.0.0.1');
await once(users, 'listening');
process.stdout.write(`${(users.address() as AddressInfo).port}\n`);
