import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface WrkTarget {
  readonly port: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WrkOptions {
  readonly core: number;
  readonly connections: number;
  readonly seconds: number;
}

/** loadWithWrk resolves with requests per second; an answer that is no success fails the bench. */
export async function loadWithWrk(target: WrkTarget, options: WrkOptions): Promise<number> {
  const headers = Object.entries(target.headers ?? {}).flatMap(([name, value]) => [
    '-H',
    `${name}: ${value}`,
  ]);
  const { stdout } = await run('taskset', [
    ...['-c', String(options.core), 'wrk', '-t1', `-c${options.connections}`],
    ...[`-d${options.seconds}`, ...headers, `http://127.0.0.1:${target.port}/`],
  ]);
  const failures = /(?:Non-2xx|Socket errors).*/.exec(stdout)?.[0];
  if (failures !== undefined) throw new Error(failures);
  return Number(/^Requests\/sec:\s+([\d.]+)$/m.exec(stdout)?.[1] ?? NaN);
}
