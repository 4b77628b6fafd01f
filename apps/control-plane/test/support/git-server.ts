import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import * as z from 'zod';
import { portOf } from './ports.ts';

const run = promisify(execFile);
const IDENTITY = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];

export type GitServer = Awaited<ReturnType<typeof serveGit>>;

export interface GitServerOptions {
  /** Who may read and write a repository, by HTTP's Basic authentication; absent: all may read. */
  readonly permits?: (login: { username: string; password: string; path: string }) => boolean;
  /** Sees each request; true: the server is overloaded. */
  readonly refuses?: (path: string) => boolean;
  /** Sees each answer; true: the connection is cut after the answer's first bytes. */
  readonly cuts?: (path: string) => boolean;
  /** What Git LFS finds here, by SHA-256. */
  readonly largeFiles?: ReadonlyMap<string, Buffer>;
}

/** serveGit offers repositories over HTTP through git's own server program. */
export async function serveGit(options: GitServerOptions = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-git-server-'));
  const program = await gitBackend();
  const server = createServer((request, response) =>
    answerGit({ program, folder, options }, { request, response }),
  );
  server.listen(0, '127.0.0.1');
  const port = await portOf(server);

  return {
    url: `http://127.0.0.1:${port}`,
    folder,

    async add(name: string, files: Readonly<Record<string, string | { linkTo: string }>>) {
      const work = path.join(folder, `${name}.work`);
      await run('git', ['init', '-q', '-b', 'main', work]);
      for (const [file, content] of Object.entries(files)) {
        const target = path.join(work, file);
        await mkdir(path.dirname(target), { recursive: true });
        if (typeof content === 'string') await writeFile(target, content);
        else await symlink(content.linkTo, target);
      }
      await run('git', ['-C', work, 'add', '.']);
      await run('git', ['-C', work, ...IDENTITY, 'commit', '-q', '-m', 'start']);
      await run('git', ['clone', '-q', '--bare', work, path.join(folder, `${name}.git`)]);
      const commit = (await run('git', ['-C', work, 'rev-parse', 'HEAD'])).stdout.trim();
      return { url: `http://127.0.0.1:${port}/${name}.git`, commit };
    },

    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** gitBackend is git's own program for serving over HTTP. */
export async function gitBackend(): Promise<string> {
  return path.join((await run('git', ['--exec-path'])).stdout.trim(), 'git-http-backend');
}

/** answerGit speaks CGI: the program writes head and body of the answer to its output. */
export function answerGit(
  { program, folder, options }: { program: string; folder: string; options: GitServerOptions },
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const login = loginOf(request, pathname);
  if (options.permits && !(login && options.permits(login))) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    return;
  }
  if (options.refuses?.(pathname)) {
    response.writeHead(503).end();
    return;
  }
  if (options.largeFiles && pathname.includes('/info/lfs/'))
    return answerLargeFiles(options.largeFiles, { request, response });
  const child = spawn(program, [], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      ...(login && { REMOTE_USER: login.username }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    const head = output.subarray(0, Math.max(end, 0)).toString();
    for (const line of head.split('\r\n').filter((text) => text !== '')) {
      const [name = '', ...value] = line.split(': ');
      if (name === 'Status') response.statusCode = Number.parseInt(value.join(': '), 10);
      else response.setHeader(name, value.join(': '));
    }
    const body = output.subarray(end + 4);
    if (!options.cuts?.(pathname)) return response.end(body);
    response.setHeader('content-length', body.length);
    response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
  });
}

const BatchSchema = z.object({ objects: z.array(z.object({ oid: z.string(), size: z.number() })) });

/** Git LFS asks for addresses first, then for the bytes. */
function answerLargeFiles(
  files: ReadonlyMap<string, Buffer>,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): void {
  if (request.method === 'GET') {
    response.end(files.get(path.basename(request.url ?? '')));
    return;
  }
  void json(request).then((body) => {
    const objects = BatchSchema.parse(body).objects.map(({ oid, size }) => {
      const href = `http://${request.headers.host}/info/lfs/${oid}`;
      const isHere = files.has(oid);
      return {
        ...{ oid, size },
        ...(isHere
          ? { actions: { download: { href } } }
          : { error: { code: 404, message: 'Object does not exist' } }),
      };
    });
    response.setHeader('content-type', 'application/vnd.git-lfs+json');
    response.end(JSON.stringify({ transfer: 'basic', objects }));
  });
}

function loginOf(request: IncomingMessage, pathname: string) {
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme !== 'Basic') return undefined;
  const [username = '', password = ''] = Buffer.from(encoded, 'base64').toString().split(':');
  return { username, password, path: pathname };
}
