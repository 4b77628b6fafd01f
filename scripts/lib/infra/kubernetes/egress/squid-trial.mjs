import { chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { capture } from '../../../run.mjs';

/** Of the account `proxy` in Debian and in the image. */
const PROXY_ID = 13;
const OUTSIDE = '203.0.113.10';
const INSIDE = '10.1.2.3';
const START_LIMIT_MS = 30_000;

/** What hosts lead to in the trial, in place of DNS. */
const HOSTS = {
  'github.com': OUTSIDE,
  'deb.debian.org': OUTSIDE,
  's3.us-east-1.amazonaws.com': OUTSIDE,
  'app.terraform.io': INSIDE,
  'evil.example': OUTSIDE,
  'notgithub.com': OUTSIDE,
};

const CONNECT_TRIALS = [
  ['github.com:443', 200],
  ['github.com:22', 200],
  ['s3.us-east-1.amazonaws.com:443', 200],
  ['s3.us-east-1.amazonaws.com:22', 403],
  ['github.com:25', 403],
  ['evil.example:443', 403],
  ['notgithub.com:443', 403],
  [`${OUTSIDE}:443`, 403],
  // An allowed name that was made to lead inside.
  ['app.terraform.io:443', 403],
  // Reading the tunnel's way out for plain HTTP.
  ['deb.debian.org:80', 403],
];

const PLAIN_TRIALS = [
  ['http://deb.debian.org/', 200],
  ['http://github.com/', 403],
  ['http://evil.example/', 403],
];

await trial(process.argv[2]);

/** In the network that this process was given: servers outside and inside, squid between, one question each. */
async function trial(root) {
  for (const args of [
    ['link', 'set', 'lo', 'up'],
    ['addr', 'add', `${OUTSIDE}/32`, 'dev', 'lo'],
    ['addr', 'add', `${INSIDE}/32`, 'dev', 'lo'],
  ]) {
    const { exitCode, output } = await capture('ip', args);
    if (exitCode !== 0) throw new Error(output);
  }
  const servers = await startServers();
  const squid = await startSquid(root);
  const wrong = [];
  try {
    for (const [target, expected] of CONNECT_TRIALS) note(target, expected, await tunnel(target));
    for (const [url, expected] of PLAIN_TRIALS) note(url, expected, await fetchBy(url));
  } finally {
    await squid.stop();
    for (const server of servers) server.close();
  }
  function note(what, expected, answer) {
    if (answer !== expected) wrong.push(`${what}: expected ${expected}, squid said ${answer}`);
  }
  console.log(wrong.join('\n'));
  process.exitCode = wrong.length > 0 ? 1 : 0;
}

async function startServers() {
  const web = createServer((_request, response) => response.end('ok'));
  const tunnels = [22, 443].flatMap((port) =>
    [OUTSIDE, INSIDE].map((host) => [createTcpServer((socket) => socket.end()), port, host]),
  );
  const all = [[web, 80, OUTSIDE], ...tunnels];
  await Promise.all(
    all.map(([server, port, host]) => once(server.listen(port, host), 'listening')),
  );
  return all.map(([server]) => server);
}

async function startSquid(root) {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-squid-'));
  await chown(directory, PROXY_ID, PROXY_ID);
  const file = (name) => path.join(directory, name);
  const manifest = path.join(root, 'infra/kubernetes/devenv/base/07-egress-config.yaml');
  const config = parse(await readFile(manifest, 'utf8')).data['squid.conf'];
  const hosts = Object.entries(HOSTS).map(([name, address]) => `${address} ${name}\n`);
  await writeFile(file('hosts'), hosts.join(''));
  await writeFile(file('squid.conf'), `${config}\nhosts_file ${file('hosts')}\n`);
  const log = await open(file('log'), 'w');
  await log.chown(PROXY_ID, PROXY_ID);
  const account = [`--reuid=${PROXY_ID}`, `--regid=${PROXY_ID}`, '--clear-groups'];
  const child = spawn('setpriv', [...account, '/usr/sbin/squid', '-N', '-f', file('squid.conf')], {
    cwd: directory,
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    await log.close();
    await rm(directory, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_LIMIT_MS;
  while ((await tunnel('127.0.0.1:1')) === 0) {
    if (child.exitCode !== null || Date.now() > deadline) {
      console.log(await readFile(file('log'), 'utf8'));
      await stop();
      throw new Error('squid did not start');
    }
    await delay(100);
  }
  return { stop };
}

/** The status of CONNECT; 0 while nobody listens. */
function tunnel(target) {
  return new Promise((resolve) => {
    const socket = connect(3128, '127.0.0.1');
    socket.once('error', () => resolve(0));
    socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
    socket.once('data', (head) => {
      resolve(Number(String(head).split(' ')[1]));
      socket.destroy();
    });
  });
}

function fetchBy(url) {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: 3128,
      path: url,
      headers: { host: new URL(url).host },
    };
    request(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}
