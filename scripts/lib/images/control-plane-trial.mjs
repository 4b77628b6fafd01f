import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../failure.mjs';
import { output } from '../infra/tools/programs.mjs';
import { engineOutput, findEngine } from './images.mjs';
import { filesOf } from './layer-files.mjs';

const START_LIMIT_MS = 180_000;
const POLL_MS = 1_000;
/** As strict as the chart and the Compose file are. */
const HARDENED = [
  ...['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL'],
  ...['--security-opt', 'no-new-privileges'],
];
/** What builds need and what people keep to themselves. */
const UNWANTED =
  /(^|\/)(\.env|\.git|\.npmrc|\.npm|id_rsa|[^/]+\.key)(\/|$)|^app\/node_modules\/(vitest|typescript|eslint|vite|esbuild|bun|playwright-core)\/|^(build|root\/go)\//;

/** controlPlaneProblems starts the image as operators do, looks into it, and ends it as an engine does. */
export async function controlPlaneProblems(tag) {
  const volume = await engineOutput('volume', 'create');
  const container = await engineOutput(
    ...['run', '--detach', ...HARDENED, '--volume', `${volume}:/data`],
    ...['--publish', '127.0.0.1::8080', tag],
  );
  try {
    const origin = `http://${await engineOutput('port', container, '8080')}`;
    await untilHealthy(container);
    return [
      ...(await answerProblems(origin)),
      ...(await insideProblems(container)),
      ...(await endProblems(container)),
      ...(await contentProblems(tag)),
    ];
  } finally {
    await engineOutput('rm', '--force', container);
    await engineOutput('volume', 'rm', volume);
  }
}

async function untilHealthy(container) {
  const deadline = Date.now() + START_LIMIT_MS;
  const state = () => engineOutput('inspect', '--format', '{{json .State}}', container);
  for (;;) {
    await askHealth(container);
    const { Running: isRunning, Health: health } = JSON.parse(await state());
    if (health.Status === 'healthy') return;
    if (!isRunning || Date.now() > deadline)
      throw new Failure('The control plane did not become healthy', {
        output: await engineOutput('logs', container),
      });
    await delay(POLL_MS);
  }
}

/** Podman leaves the asking to timers of systemd, which need not be there. */
async function askHealth(container) {
  if (path.basename(findEngine()) !== 'podman') return;
  await output(findEngine(), ['healthcheck', 'run', container]);
}

async function answerProblems(origin) {
  const wanted = {
    '/healthz': /^ok$/,
    '/readyz': /^ready$/,
    '/': /<div id="app"/,
    '/api/v1/openapi.json': /./,
  };
  const problems = [];
  for (const [resource, content] of Object.entries(wanted)) {
    const response = await fetch(`${origin}${resource}`);
    const text = await response.text();
    if (!response.ok || !content.test(text))
      problems.push(`${resource} answers ${response.status}: ${text.slice(0, 200)}`);
  }
  return problems;
}

async function insideProblems(container) {
  const script =
    "const fs = require('node:fs'); const can = (file) => { try { fs.writeFileSync(file, ''); return true; } catch { return false; } };" +
    "console.log(JSON.stringify({ uid: process.getuid(), root: can('/app/x'), data: can('/data/x'), tmp: can('/tmp/x'), secrets: Object.keys(process.env).filter((name) => /TOKEN|SECRET|PASSWORD|_KEY/.test(name)) }))";
  const found = await engineOutput('exec', container, 'node', '-e', script);
  const wanted = JSON.stringify({ uid: 1000, root: false, data: true, tmp: true, secrets: [] });
  return found === wanted ? [] : [`within it is ${found}, wanted ${wanted}`];
}

/** The engine kills what does not end by itself; then the code is 137. */
async function endProblems(container) {
  const startedMs = performance.now();
  await engineOutput('stop', '--time', '30', container);
  const seconds = (performance.now() - startedMs) / 1_000;
  const code = await engineOutput('inspect', '--format', '{{.State.ExitCode}}', container);
  process.stdout.write(`ends with ${code} after ${seconds.toFixed(1)} s\n`);
  return code === '0' ? [] : [`ends with ${code}: ${await engineOutput('logs', container)}`];
}

async function contentProblems(tag) {
  const files = await filesOf(tag);
  const found = files.filter((file) => UNWANTED.test(file));
  return found.length > 0
    ? [`has ${found.length} files too many: ${found.slice(0, 5).join(', ')}`]
    : [];
}
