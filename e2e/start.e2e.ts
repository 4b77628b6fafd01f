import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { LIVE_PATH } from '@spt-flow/shared/api/live';
import { withDatabase } from './faults/support/stranger.ts';
import { createCertificate } from '@spt-flow/tunnel/testing/certificate';
import { createAdmin } from './harness/admin.ts';
import { freePort } from './harness/free-port.ts';
import { createDataDirectory, startProduct } from './harness/product.ts';

const START = path.resolve('scripts/start.mjs');
const OLD_NODE = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'18.20.8'}})`;

let data: Awaited<ReturnType<typeof createDataDirectory>>;

beforeEach(async () => {
  data = await createDataDirectory();
});
afterEach(() => data.remove());

async function start(args: readonly string[], nodeArgs: readonly string[] = []) {
  const child = spawn(process.execPath, [...nodeArgs, START, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exitCode: child.exitCode, stdout, lastLine: stderr.trim().split('\n').at(-1) ?? '' };
}

/** Command lines of the processes that mention the folder. */
async function processesOf(folder: string): Promise<string[]> {
  const entries = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(
    entries.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(folder));
}

const LogLineSchema = z.looseObject({
  level: z.number(),
  time: z.number(),
  msg: z.string(),
  correlationId: z.string().optional(),
});
const FailureSchema = z.object({
  error: z.object({ code: z.literal('internal'), correlationId: z.string() }),
});
const ERROR_LEVEL = 50;
const ExportedSchema = z.record(z.string(), z.object({ type: z.string() }));

/** What the rules and dashboards are checked against. */
async function exportedTypes(): Promise<Record<string, string>> {
  const file = path.resolve('infra/observability/exported-metrics.json');
  const exported = ExportedSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  return Object.fromEntries(Object.entries(exported).map(([name, { type }]) => [name, type]));
}

describe('npm start', () => {
  it('ends everything it started when it is told to stop, and starts again on the same data', async () => {
    const product = await startProduct({ dataDirectory: data.path });
    const { port } = product.link;
    expect(product.link.pathname).toMatch(/^\/setup\/.{20,}/);
    expect(await processesOf(data.path)).not.toEqual([]);

    await product.stop();

    expect(await processesOf(data.path)).toEqual([]);
    const again = await startProduct({ dataDirectory: data.path, port: Number(port) });
    expect((await fetch(`${again.origin}/healthz`)).status).toBe(200);
    await again.stop();
  });

  it('leaves no database behind when it is killed, and starts again on the same data', async () => {
    const product = await startProduct({ dataDirectory: data.path });

    await product.kill();

    const again = await startProduct({ dataDirectory: data.path });
    expect((await fetch(`${again.origin}/readyz`)).status).toBe(200);
    await again.stop();
    await expect.poll(() => processesOf(data.path), { timeout: 20_000 }).toEqual([]);
  });

  it('serves HTTPS with a certificate that it is given', async () => {
    const { cert, key } = createCertificate();
    const files = { cert: path.join(data.path, 'cert.pem'), key: path.join(data.path, 'key.pem') };
    await writeFile(files.cert, cert);
    await writeFile(files.key, key);
    const product = await startProduct({
      dataDirectory: path.join(data.path, 'data'),
      env: { SPT_FLOW_SERVER_TLS_CERT: files.cert, SPT_FLOW_SERVER_TLS_KEY: files.key },
    });

    const asked = get({ host: '127.0.0.1', port: product.link.port, path: '/healthz', ca: cert });
    const [response] = await once(asked, 'response');

    expect(product.link.protocol).toBe('https:');
    expect(response).toMatchObject({ statusCode: 200 });
    asked.destroy();
    await product.stop();
  });

  it('prints its options', async () => {
    const { exitCode, stdout } = await start(['--help']);

    expect(exitCode).toBe(0);
    for (const word of ['--port', '--data-dir', 'DATABASE_URL', 'SPT_FLOW_SERVER_PORT']) {
      expect(stdout).toContain(word);
    }
  });

  it('names the next step when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;

    const { exitCode, lastLine } = await start(['--port', String(port), '--data-dir', data.path]);

    expect(exitCode).toBe(1);
    expect(lastLine).toContain(String(port));
    expect(lastLine).toContain('--port');
    other.close();
  });

  it('names the next step when the data directory cannot be used', async () => {
    const file = path.join(data.path, 'file');
    await writeFile(file, '');

    const { exitCode, lastLine } = await start(['--port', '0', '--data-dir', file]);

    expect(exitCode).toBe(1);
    expect(lastLine).toContain('--data-dir');
  });

  it('names rules that cannot be used, what is safe and the next step, in one line', async () => {
    const bundle = path.join(data.path, 'rules');
    await mkdir(bundle);
    await writeFile(path.join(bundle, 'policy.wasm'), 'no rules');
    const options = ['--port', '0', '--data-dir', path.join(data.path, 'data')];

    const { exitCode, lastLine } = await start([...options, '--policy-bundle', bundle]);

    expect(exitCode).toBe(1);
    expect(lastLine).toContain(`${bundle}: The rules could not be loaded`);
    expect(lastLine).toMatch(/Your work is saved\. .*--policy-bundle.* \(policy_unusable\)$/);
    expect(await processesOf(data.path)).toEqual([]);
  });

  it('names the option that is wrong', async () => {
    const { exitCode, lastLine } = await start(['--port', 'ninety']);

    expect(exitCode).toBe(1);
    expect(lastLine).toContain('--port');
  });

  it('says which Node it needs when it runs on an older one', async () => {
    const { exitCode, lastLine } = await start([], ['--import', OLD_NODE]);

    expect(exitCode).toBe(1);
    expect(lastLine).toMatch(/20\.19.*18\.20\.8.*install/);
  });
});

describe('a control plane that runs', () => {
  it('logs JSON lines only, and a failure by the correlation id of its answer', async () => {
    const product = await startProduct({ dataDirectory: data.path });
    const { token } = await createAdmin(product);
    await withDatabase(data.path, (db) => db.execute('alter table projects rename to lost'));

    const response = await fetch(`${product.origin}/api/v1/projects`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { error } = FailureSchema.parse(await response.json());
    await product.stop();
    await product.ended();

    const lines = product.logLines().map((line) => LogLineSchema.parse(JSON.parse(line)));
    expect(
      lines.filter(({ correlationId }) => correlationId === error.correlationId),
    ).toMatchObject([{ level: ERROR_LEVEL, msg: 'request failed' }]);
    expect(product.output()).not.toContain(token);
  });

  it('exports what dashboards and alerts go by, open live connections among it', async () => {
    const port = await freePort();
    const env = { SPT_FLOW_SERVER_METRICS_PORT: String(port) };
    const product = await startProduct({ dataDirectory: data.path, env });
    const { token } = await createAdmin(product);
    const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(await metrics()).toMatch(/^live_connections 0$/m);
    const types = [...(await metrics()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    expect(Object.fromEntries(types.map(([, name, type]) => [name, type]))).toEqual(
      await exportedTypes(),
    );

    const socket = new WebSocket(`${product.origin.replace('http', 'ws')}${LIVE_PATH}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await once(socket, 'open');

    await expect.poll(metrics).toMatch(/^live_connections 1$/m);
    socket.close();
    await expect.poll(metrics).toMatch(/^live_connections 0$/m);
    await product.stop();
  });
});
