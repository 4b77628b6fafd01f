import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const IDENTITY = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];

/** serveRepository offers one git repository over plain HTTP, as files, which git calls the dumb protocol. */
export async function serveRepository(
  name: string,
  files: Readonly<Record<string, string>>,
  host = '127.0.0.1',
) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-repository-'));
  const source = path.join(folder, 'source');
  await run('git', ['init', '-q', '-b', 'main', source]);
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(source, file), text);
  await run('git', ['-C', source, 'add', '.']);
  await run('git', ['-C', source, ...IDENTITY, 'commit', '-q', '-m', 'start']);
  await run('git', ['clone', '-q', '--bare', source, path.join(folder, `${name}.git`)]);
  await run('git', ['-C', path.join(folder, `${name}.git`), 'update-server-info']);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const stream = createReadStream(path.join(folder, path.normalize(pathname)));
    stream.once('error', () => response.writeHead(404).end());
    stream.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}/${name}.git`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
