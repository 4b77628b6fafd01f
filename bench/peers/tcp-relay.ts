import { connect, createServer, type AddressInfo } from 'node:net';

/** Two sockets and two pipes: what a hop through Node.js costs at least. Usage: tcp-relay TARGET_PORT. */
const targetPort = Number(process.argv[2]);
const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const target = connect({
    host: '127.0.0.1',
    port: targetPort,
    allowHalfOpen: true,
    noDelay: true,
  });
  socket.on('error', () => target.destroy());
  target.on('error', () => socket.destroy());
  socket.pipe(target).pipe(socket);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
