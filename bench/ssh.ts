import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { withEnds } from './harness/ends.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric, type Metric } from './harness/metric.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { startSshServer } from './harness/ssh-server.ts';
import { createProject, withSubject, type Subject } from './harness/subject.ts';

const run = promisify(execFile);
const CLI = path.resolve('apps/cli/bin/spt-flow.js');
const CIPHER = 'aes128-gcm@openssh.com';
const MIB = 1024 * 1024;
const FILE_MIB = 256;
const LOGIN_PAIRS = 6;
/** One login is too short for the kernel's clock to tell whose processor time it was. */
const LOGINS = 6;
const COPY_PAIRS = 6;
/** In memory on both sides, so that no disk is measured. */
const MEMORY = '/dev/shm';

/** A host, and what ssh and scp need to be told about it. */
interface Target {
  readonly host: string;
  readonly options: readonly string[];
}

/** Logins and copies by the product, against an OpenSSH server that the same client reaches directly. */
await runBench('ssh', () =>
  withSubject((subject) =>
    withEnds(async (keep) => {
      const folder = await mkdtemp(path.join(MEMORY, 'spt-flow-ssh-'));
      await keep(Promise.resolve({ stop: () => rm(folder, { recursive: true }) }));
      const server = await keep(startSshServer());
      const direct = { host: '127.0.0.1', options: server.clientOptions };
      const product = await productTarget(subject, folder);
      const env = { PATH: process.env['PATH'], HOME: folder, SPT_FLOW_TOKEN: subject.token };
      return [
        await measureLogin({ product, direct, env }),
        await measureCopy({ product, direct, env, folder }),
      ];
    }),
  ),
);

interface Sides {
  readonly product: Target;
  readonly direct: Target;
  readonly env: NodeJS.ProcessEnv;
}

/** As people set it up. */
async function productTarget(subject: Subject, home: string): Promise<Target> {
  const project = await createProject(subject, 'ssh');
  const { PATH } = process.env;
  await run(process.execPath, [CLI, 'config-ssh', '--server', subject.product.origin], {
    env: { PATH, HOME: home, SPT_FLOW_TOKEN: subject.token },
  });
  const config = path.join(home, '.ssh/spt-flow/config');
  return { host: `${project.workspace?.name ?? ''}.spt-flow`, options: ['-F', config] };
}

async function measureLogin({ product, direct, env }: Sides): Promise<Metric> {
  const login = async ({ host, options }: Target) => {
    const startedMs = performance.now();
    for (let count = 0; count < LOGINS; count++) {
      await run('ssh', [...options, host, 'true'], { env });
    }
    return (performance.now() - startedMs) / LOGINS;
  };
  progress('Measuring logins');
  for (const target of [product, direct]) await login(target);
  const pairs = await measurePairs(
    { product: () => login(product), peer: () => login(direct) },
    { pairs: LOGIN_PAIRS, disturbance: createDisturbance({ orphans: true }) },
  );
  return toMetric(pairs, {
    ...{ metric: 'login', unit: 'ms', peer: 'sshd' },
    goal: { of: 'ratio', by: 'median', atMost: 1.1 },
  });
}

async function measureCopy({ product, direct, env, folder }: Sides & { folder: string }) {
  const file = path.join(folder, 'file');
  await writeFile(file, Buffer.alloc(FILE_MIB * MIB, 'spt-flow'));
  const copy = async ({ host, options }: Target) => {
    const startedMs = performance.now();
    await run('scp', ['-q', '-c', CIPHER, ...options, file, `${host}:${MEMORY}/copy`], { env });
    return (FILE_MIB * 1_000) / (performance.now() - startedMs);
  };
  progress('Measuring copies');
  for (const target of [product, direct]) await copy(target);
  const pairs = await measurePairs(
    { product: () => copy(product), peer: () => copy(direct) },
    { pairs: COPY_PAIRS, disturbance: createDisturbance({ orphans: true }) },
  );
  await rm(path.join(MEMORY, 'copy'));
  return toMetric(pairs, {
    ...{ metric: 'scp', unit: 'MiB/s', peer: 'sshd' },
    goal: { of: 'ratio', by: 'median', atLeast: 0.7 },
  });
}
