import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useDatabases } from '../support/database.ts';
import { createSshStage, type SshStage } from './ssh-stage.ts';

const PATIENCE = { timeout: 20_000 };
/** Stands for the editor's server: it counts who comes, on a port and on a socket. */
const SERVER = `
let visits = 0;
const http = require('http');
const serve = () => http.createServer((_, answer) => answer.end(process.pid + ' ' + ++visits));
serve().listen('editor.sock');
serve().listen(0, '127.0.0.1', function () { require('fs').writeFileSync('port', String(this.address().port)); });
`;

const createDatabase = useDatabases();
let stage: SshStage;

beforeAll(async () => {
  const { db } = await createDatabase();
  stage = await createSshStage(db);
}, 120_000);
afterAll(() => stage.close());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** One connection as VS Code opens it: a SOCKS proxy, and a shell whose input is a script that stays open. */
async function connectEditor(script: string, args: readonly string[] = []) {
  const socksPort = await freePort();
  const child = stage.start([
    ...['ssh', '-F', stage.config, '-T', '-D', String(socksPort), '-o', 'ConnectTimeout=15'],
    ...[...args, stage.host, 'bash'],
  ]);
  const closed = once(child, 'close') as Promise<[number | null]>;
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stdin.write(`cd '${stage.live.projectDirectory}'\n${script}\n`);
  return {
    closed,
    end: () => child.stdin.end('exit\n'),
    shows: (pattern: RegExp) => expect.poll(() => out, PATIENCE).toMatch(pattern),
    output: () => out,
    visit: async (port: number) => {
      const url = `http://127.0.0.1:${port}/`;
      const socks = ['--socks5-hostname', `127.0.0.1:${socksPort}`];
      return (await stage.program(['curl', '-sS', ...socks, url])).out.split(' ');
    },
  };
}

it('an editor finds the platform, installs its server, uses it, and finds it again after the connection was cut', async () => {
  const { folder, host, config } = stage;
  await writeFile(path.join(folder, 'server.js'), SERVER);
  await writeFile(path.join(folder, 'padding'), randomBytes(4_000_000));
  const tarball = path.join(folder, 'server.tar.gz');
  await stage.program(['tar', '-C', folder, '-czf', tarball, 'server.js', 'padding']);
  const sha256 = createHash('sha256')
    .update(await readFile(tarball))
    .digest('hex');
  const there = path.join(stage.live.projectDirectory, 'server.tar.gz');

  const sftp = await stage.program(['sftp', '-F', config, '-b', '-', host], {
    input: `put ${tarball} ${there}\n`,
  });
  expect(sftp.exitCode).toBe(0);
  const piped = stage.start([
    'sh',
    '-c',
    `ssh -F ${config} ${host} 'cat > ${there}.piped' < ${tarball}`,
  ]);
  await once(piped, 'close');

  const socket = path.join(folder, 'editor.sock');
  const first = await connectEditor(
    `uname -sm; sha256sum server.tar.gz server.tar.gz.piped
     tar -xzf server.tar.gz
     setsid nohup node server.js > server.log 2>&1 < /dev/null &
     until [ -s port ]; do sleep 0.1; done; echo "listeningOn==$(cat port)=="`,
    ['-L', `${socket}:${stage.live.projectDirectory}/editor.sock`],
  );
  await first.shows(/listeningOn==\d+==/);
  expect(first.output()).toMatch(/^Linux \w+\n/);
  expect(first.output().split(sha256)).toHaveLength(3);
  const port = Number(/listeningOn==(\d+)==/.exec(first.output())?.[1]);
  const [pid, visits] = await first.visit(port);
  expect(visits).toBe('1');
  const bySocket = await stage.program(['curl', '-sS', '--unix-socket', socket, 'http://editor/']);
  expect(bySocket.out).toBe(`${pid} 2`);

  stage.cut();
  expect((await first.closed)[0]).toBe(255);

  const second = await connectEditor('echo "listeningOn==$(cat port)=="');
  await second.shows(new RegExp(`listeningOn==${port}==`));
  expect(await second.visit(port)).toEqual([pid, '3']);
  second.end();
  expect((await second.closed)[0]).toBe(0);
  process.kill(Number(pid));
  await rm(socket, { force: true });
});
