import { createServer, type AddressInfo } from 'node:net';

/** Answers without looking at the request: what it reaches is what the load generator can measure. */
const body = JSON.stringify({ success: true, data: 'x'.repeat(200), error: null });
const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(answer));
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/\n`);
});
