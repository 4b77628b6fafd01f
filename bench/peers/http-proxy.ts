import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import httpProxy from 'http-proxy';

/** The proxy that most Node.js programs use, with kept-alive connections to its target. */
const proxy = httpProxy.createProxyServer({
  target: process.env['BENCH_TARGET'],
  agent: new Agent({ keepAlive: true, maxSockets: 128 }),
});
const server = createServer((request, response) => {
  proxy.web(request, response, {}, (error) => void response.destroy(error));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/\n`);
});
