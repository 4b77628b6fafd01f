import { createServer, request } from 'node:http';
import { pipeline } from 'node:stream';

/** Asks the server at the URL of its environment and passes the answer on as it comes. */
const source = new URL(process.env['SOURCE_URL'] ?? '');
const server = createServer((asked, response) => {
  const onward = request(source, { method: 'POST' }, (answer) => {
    response.writeHead(answer.statusCode ?? 502);
    pipeline(answer, response, () => undefined);
  });
  onward.on('error', () => response.destroy());
  asked.pipe(onward);
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address)
    process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
