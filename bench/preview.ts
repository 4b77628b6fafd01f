import { spawnSync } from 'node:child_process';
import { portRoutes } from '@spt-flow/shared/api/ports';
import type { Project } from '@spt-flow/shared/api/projects';
import { processesWithVariable } from '../apps/agent/src/system/proc.ts';
import { withEnds } from './harness/ends.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric, type Metric } from './harness/metric.ts';
import { FAR_CORE, NEAR_CORE } from './harness/native.ts';
import { nginxConfig, startNginx } from './harness/nginx.ts';
import { startPeer } from './harness/peer.ts';
import { createDisturbance } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { startReverseSsh } from './harness/reverse-ssh.ts';
import { quartiles } from './harness/statistics.ts';
import {
  createProject,
  installApp,
  withSubject,
  workspaceOf,
  type Subject,
} from './harness/subject.ts';
import { loadWithWrk, type WrkTarget } from './harness/wrk.ts';

const PAIRS = 7;
const SEGMENT_SECONDS = 1;
const WARM_UP_SECONDS = 2;
const CONNECTIONS = 64;
const BODY = 'x'.repeat(131);
/** Below this distance from the product the load or the app would be what is measured. */
const NEEDED_HEADROOM = 3;

/** Tells its port, which is how the peers find the very same app. */
const APP = `
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
const folder = process.cwd() + '/.nginx';
mkdirSync(folder + '/temp', { recursive: true });
const config = ${JSON.stringify(nginxConfig('FOLDER', { port: 'PORT', location: `return 200 "${BODY}";` }))};
writeFileSync(folder + '/nginx.conf', config.replaceAll('FOLDER', folder).replace('PORT', process.env.PORT));
spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: 'inherit' });
`;

/**
 * Requests per second of one core, which a proxy has for itself; the load, the app and what stands before the app have
 * the other one. The product's request is signed in, finds its way by its host name and goes through the tunnel.
 */
await runBench('preview', () => withSubject(measure, { core: NEAR_CORE }));

async function measure(subject: Subject): Promise<Metric[]> {
  const project = await createProject(subject, 'preview');
  await installApp(subject, project, APP);
  pinWorkspace(project);
  const appPort = await portOfApp(subject, project);
  return withEnds(async (keep) => {
    const httpProxy = await keep(
      startPeer('http-proxy', NEAR_CORE, { env: { BENCH_TARGET: `http://127.0.0.1:${appPort}` } }),
    );
    const peers = [
      { name: 'nginx', target: await keep(startNginx(appPort, NEAR_CORE)), atLeast: 0.25 },
      { name: 'http-proxy', target: { port: Number(httpProxy.url.port) }, atLeast: 1.4 },
      {
        name: 'ssh -R',
        target: await keep(startReverseSsh({ targetPort: appPort })),
        atLeast: 1.5,
      },
    ];
    const product = previewOf(subject, project);
    const targets: WrkTarget[] = [product, ...peers.map(({ target }) => target)];
    for (const target of targets) await load(target, WARM_UP_SECONDS);
    const metrics: Metric[] = [];
    for (const { name, target, atLeast } of peers) {
      progress(`Measuring against ${name}`);
      const pairs = await measurePairs(
        { product: () => load(product), peer: () => load(target) },
        { pairs: PAIRS, disturbance: createDisturbance() },
      );
      const goal = { of: 'ratio', by: 'median', atLeast } as const;
      metrics.push(toMetric(pairs, { metric: 'requests', unit: '1/s', peer: name, goal }));
    }
    await assertHeadroom(appPort, metrics);
    return metrics;
  });
}

function load(target: WrkTarget, seconds = SEGMENT_SECONDS): Promise<number> {
  return loadWithWrk(target, { core: FAR_CORE, connections: CONNECTIONS, seconds });
}

/** A program signs in with its token. */
function previewOf({ product, token }: Subject, project: Project): WrkTarget {
  return {
    port: Number(new URL(product.origin).port),
    headers: { Host: new URL(project.previewUrl).host, Authorization: `Bearer ${token}` },
  };
}

async function portOfApp({ api }: Subject, project: Project): Promise<number> {
  const { items } = await api.call(portRoutes.list, { params: { handle: workspaceOf(project) } });
  const app = items.find(({ isApp }) => isApp);
  if (!app) throw new Error('The app has no port');
  return app.port;
}

/** What the control plane started shares its core unless it is moved. */
function pinWorkspace(project: Project): void {
  for (const pid of processesWithVariable(`SPT_FLOW_WORKSPACE_ID=${workspaceOf(project)}`))
    spawnSync('taskset', ['-acp', String(FAR_CORE), String(pid)], { stdio: 'ignore' });
}

async function assertHeadroom(appPort: number, metrics: readonly Metric[]): Promise<void> {
  const direct = await load({ port: appPort });
  const measured = quartiles(metrics.map(({ value }) => value.median)).median;
  if (direct < measured * NEEDED_HEADROOM)
    throw new Error(`Without a proxy only ${Math.round(direct)} requests per second are answered`);
}
