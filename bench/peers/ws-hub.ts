import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** Holds connections and answers pings; a longer message is a heartbeat, which is taken and forgotten. */
const PING_BYTES = 16;

const port = Number(process.argv[2] ?? 0);
const server = new WebSocketServer({ port, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('error', () => socket.terminate());
  socket.on('message', (data) => {
    if (Buffer.isBuffer(data) && data.length === PING_BYTES) socket.send(data);
  });
});
server.on('listening', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/\n`);
});
