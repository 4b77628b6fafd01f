import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Journeys and benches run from the root of the repository. */
const SERVER = path.resolve('apps/control-plane/dist/server.js');
const STOP_PATIENCE_MS = 40_000;

/** Journeys share a product: one person runs more there than people may. */
const MANY_WORKSPACES = { MAX_RUNNING_WORKSPACES_PER_USER: '100' };
/** A look at each changed page takes seconds: only those whose subject it is wait for it. */
const NO_BROWSER = { SPT_FLOW_BROWSER: 'off' };

export interface Product {
  /** As printed: the setup link at the first start, the dashboard afterwards. */
  readonly link: URL;
  readonly origin: string;
  readonly dataDirectory: string;
  readonly pid: number;
  /** Everything it has printed. */
  output(): string;
  /** What it printed on standard output apart from the link: its log. */
  logLines(): readonly string[];
  /** Asks it to stop, as Ctrl-C does. */
  stop(): Promise<void>;
  /** Ends it without a warning. */
  kill(): Promise<void>;
  /** Its exit code, once it has ended and everything it printed was read. */
  ended(): Promise<number | null>;
}

export interface ProductOptions {
  readonly dataDirectory: string;
  /** A free one unless told. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The only processor core it may use, so that measurements share the machine evenly. */
  readonly core?: number;
  /** What runs it, and the agents of its workspaces; that of this process unless told. */
  readonly node?: string;
}

/** startProduct runs the built control plane as people do and resolves when it has printed its link. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const args = ['--port', String(options.port ?? 0), '--data-dir', options.dataDirectory];
  const pin = options.core === undefined ? [] : ['taskset', '-c', String(options.core)];
  const [command = '', ...rest] = [
    ...pin,
    options.node ?? process.execPath,
    '--enable-source-maps',
    SERVER,
    ...args,
  ];
  const server = spawn(command, rest, {
    env: {
      ...plainEnvironment(),
      ...MANY_WORKSPACES,
      ...NO_BROWSER,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const closed = new Promise<number | null>((resolve) => {
    server.once('close', (code) => resolve(code));
  });
  const logLines: string[] = [];
  const link = await untilLink(server, { lines, logLines });
  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    const timer = setTimeout(() => server.kill('SIGKILL'), STOP_PATIENCE_MS);
    await ended;
    clearTimeout(timer);
  };
  return {
    link,
    origin: link.origin,
    dataDirectory: options.dataDirectory,
    pid: server.pid ?? 0,
    output: () => lines.join('\n'),
    logLines: () => logLines,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    ended: () => closed,
  };
}

/** startFresh runs it on data of its own, which goes when it stops. */
export async function startFresh(
  options: Omit<ProductOptions, 'dataDirectory'> = {},
): Promise<Product> {
  const data = await createDataDirectory();
  const product = await startProduct({ ...options, dataDirectory: data.path });
  return {
    ...product,
    async stop() {
      await product.stop();
      await data.remove();
    },
  };
}

/** createDataDirectory makes one that the embedded database's account can pass through. */
export async function createDataDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-e2e-'));
  await chmod(directory, 0o711);
  return {
    path: directory,
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Nothing that is set for this machine decides what a newcomer would see. */
function plainEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'USER'];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

async function untilLink(
  server: ChildProcess,
  { lines, logLines }: { lines: string[]; logLines: string[] },
): Promise<URL> {
  const { stdout, stderr } = server;
  if (!stdout || !stderr) throw new Error('The control plane has no output');
  createInterface({ input: stderr }).on('line', (line) => lines.push(line));
  return new Promise((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (line) => {
      lines.push(line);
      const link = /^Open (\S+)$/.exec(line)?.[1];
      if (link) resolve(new URL(link));
      else logLines.push(line);
    });
    server.once('error', reject);
    server.once('exit', (code) => {
      reject(new Error(`The control plane ended with ${String(code)}:\n${lines.join('\n')}`));
    });
  });
}
