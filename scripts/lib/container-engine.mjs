import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findCommand } from './chromium.mjs';
import { Failure } from './failure.mjs';

const DEFAULT_SOCKET = '/var/run/docker.sock';
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;
const POLL_MS = 100;
/** A second engine would take the rules of the first for its own, and remove them; without a bridge it removes the first's. */
const WITHOUT_RULES = ['--iptables=false', '--ip6tables=false'];

/** runningEngine is the engine of this machine that answers, as DOCKER_HOST names it. */
async function runningEngine(env = process.env) {
  const socket = env.DOCKER_HOST?.replace(/^unix:\/\//, '') ?? DEFAULT_SOCKET;
  return (await answers(socket)) ? { socket } : undefined;
}

export async function requireEngine() {
  const engine = await runningEngine();
  if (engine) return engine;
  throw new Failure('No container engine answers: start Docker, or name its socket in DOCKER_HOST');
}

/** ensureEngine uses the engine that runs, else starts one until `stop`, as `options` say; undefined where neither can be had. */
export async function ensureEngine(options) {
  const running = await runningEngine();
  if (running) return { ...running, stop: async () => {} };
  if (process.getuid?.() !== 0 || !findCommand('dockerd')) return undefined;
  return startEngine(options);
}

/**
 * startEngine runs a Docker engine of its own, with nothing in it; `isApart` keeps it from the networks of others. Beside
 * an engine that runs it takes a `bridge` of its own, and then can only pull.
 */
export async function startEngine({ isApart = false, bridge, dataRoot } = {}) {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-engine-'));
  const own = { directory, dataRoot: dataRoot ?? path.join(directory, 'data') };
  const engine = { ...own, isApart, bridge, socket: path.join(directory, 'docker.sock') };
  const stop = async () => {
    // One that did not start, or is frozen, has nobody to ask.
    await removeNetworks(engine).catch(() => undefined);
    await stopDaemon(engine);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await startDaemon(engine);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    socket: engine.socket,
    stop,
    /** Ends the daemon; what it ran is ended too. */
    pause: () => stopDaemon(engine),
    resume: () => startDaemon(engine),
    /** It takes calls and answers none. */
    freeze: () => engine.daemon.kill('SIGSTOP'),
    thaw: () => engine.daemon.kill('SIGCONT'),
  };
}

async function startDaemon(engine) {
  const { directory, dataRoot, socket, isApart, bridge } = engine;
  const at = (name) => path.join(directory, name);
  await mkdir(dataRoot, { recursive: true });
  const log = openSync(at('log'), 'a');
  const [program, ...args] = [
    ...(isApart ? ['unshare', '--net'] : []),
    ...[findCommand('dockerd'), '--host', `unix://${socket}`, '--pidfile', at('pid')],
    ...['--data-root', dataRoot, '--exec-root', at('exec'), '--group', String(process.getgid())],
    ...(isApart ? ['--bridge=none', ...WITHOUT_RULES] : []),
    ...(bridge ? [`--bridge=${bridge}`, ...WITHOUT_RULES] : []),
  ];
  engine.daemon = spawn(program, args, { stdio: ['ignore', log, log], detached: true });
  engine.ended = once(engine.daemon, 'exit');
  await untilAnswering({
    socket,
    hasEnded: () => engine.daemon.exitCode !== null,
    logOf: () => readFile(at('log'), 'utf8'),
  });
}

/** untilAnswering waits for an engine that has just been started. */
export async function untilAnswering({ socket, hasEnded, logOf }) {
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await answers(socket))) {
    if (hasEnded() || Date.now() > deadline)
      throw new Failure('The container engine did not start', {
        output: (await logOf()).slice(-4_000),
      });
    await delay(POLL_MS);
  }
}

async function stopDaemon({ daemon, ended }) {
  if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
  daemon.kill('SIGTERM');
  const limit = setTimeout(() => daemon.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(limit);
}

/** Bridges outlive their engine, and this machine has addresses for some thirty of them. */
async function removeNetworks({ socket, isApart }) {
  if (isApart) return;
  const asked = { socket, signal: AbortSignal.timeout(STOP_LIMIT_MS) };
  const found = async (path) => JSON.parse((await engineRequest({ ...asked, path })).body);
  const remove = (path) => engineRequest({ ...asked, method: 'DELETE', path });
  for (const { Id: id } of await found('/containers/json?all=1')) {
    await remove(`/containers/${id}?force=1`);
  }
  const made = encodeURIComponent(JSON.stringify({ type: ['custom'] }));
  for (const { Id: id } of await found(`/networks?filters=${made}`))
    await remove(`/networks/${id}`);
}

async function answers(socket) {
  const answer = await engineRequest({ socket, path: '/_ping' }).catch(() => undefined);
  return answer?.status === 200;
}

/** engineRequest asks the engine's API; the answer is whole and text. */
export async function engineRequest({ socket, method = 'GET', path: resource, content, signal }) {
  const call = request({ socketPath: socket, method, path: resource, signal });
  const answered = once(call, 'response');
  if (content) content.pipe(call);
  else call.end();
  const [response] = await answered;
  let body = '';
  for await (const text of response.setEncoding('utf8')) body += text;
  return { status: response.statusCode, body };
}
