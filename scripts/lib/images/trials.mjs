import { output } from '../infra/tools/programs.mjs';
import { inRoot } from '../root.mjs';
import { controlPlaneProblems } from './control-plane-trial.mjs';
import { engineOutput, findEngine } from './images.mjs';

/** TRIALS run what was built: by image, what is wrong with it. */
export const TRIALS = {
  'control-plane': controlPlaneProblems,
  agent: agentProblems,
  'coder-base': coderBaseProblems,
  'registry-mirror': mirrorProblems,
  'log-collector': collectorProblems,
};

async function ran(tag, ...args) {
  const run = ['run', '--rm', '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL'];
  return output(findEngine(), [...run, tag, ...args]);
}

/** Without a control plane it can say its version, and that it lacks settings. */
async function agentProblems(tag) {
  const version = await ran(tag, '--version');
  const without = await ran(tag);
  return [
    ...(version.exitCode === 0 && /^\d+\.\d+\.\d+\n$/.test(version.stdout)
      ? []
      : [`--version ends with ${version.exitCode}: ${version.stdout}${version.stderr}`]),
    ...(without.exitCode === 78 && without.stderr.includes('SPT_FLOW_AGENT_')
      ? []
      : [`without settings it ends with ${without.exitCode}: ${without.stderr}`]),
  ];
}

/** Whether lines arrive is tried by `npm run compose:trial`; here, that it takes its configuration. */
async function collectorProblems(tag) {
  const config = `${inRoot('docker/log-collector.yaml')}:/etc/spt-flow/log-collector.yaml:ro`;
  const { exitCode, stderr } = await output(findEngine(), [
    ...['run', '--rm', '--read-only', '--cap-drop', 'ALL', '--network', 'none'],
    ...['--volume', config, '--volume', '/var/lib/log-collector'],
    ...['--entrypoint', 'log-collector', tag],
    ...['validate', '--config=/etc/spt-flow/log-collector.yaml'],
  ]);
  return exitCode === 0 ? [] : [`refuses docker/log-collector.yaml: ${stderr}`];
}

/** Workspaces write to their homes; nothing else of the engine's defaults is needed. */
async function coderBaseProblems(tag) {
  const { exitCode, stdout, stderr } = await output(findEngine(), [
    ...['run', '--rm', '--network', 'none', '--cap-drop', 'ALL', tag, 'coder-base-versions'],
  ]);
  process.stdout.write(stdout);
  return exitCode === 0 ? [] : [`coder-base-versions ends with ${exitCode}: ${stderr}`];
}

/** How it fetches and keeps is tried by registry-mirror.test.mjs; here, that the image serves. It starts only where its registry answers. */
async function mirrorProblems(tag) {
  const upstream = await startMirror(tag, '');
  const address = await engineOutput(
    ...['inspect', '--format', '{{.NetworkSettings.IPAddress}}', upstream],
  );
  const mirror = await startMirror(tag, `http://${address}:5000`);
  try {
    const published = await engineOutput('port', mirror, '5000');
    const { status } = await untilAnswer(`http://${published}/v2/`);
    return status === 200 ? [] : [`/v2/ answers ${status}: ${await engineOutput('logs', mirror)}`];
  } finally {
    await engineOutput('rm', '--force', mirror, upstream);
  }
}

/** Without a url it is a registry itself. */
function startMirror(tag, url) {
  return engineOutput(
    ...['run', '--detach', '--restart', 'on-failure', '--read-only', '--cap-drop', 'ALL'],
    ...['--tmpfs', '/tmp', '--volume', '/var/lib/registry', '--publish', '127.0.0.1::5000'],
    ...['--env', `REGISTRY_PROXY_REMOTEURL=${url}`, tag],
  );
}

async function untilAnswer(url) {
  for (let left = 60; left > 0; left -= 1) {
    const response = await fetch(url).catch(() => undefined);
    if (response) return response;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return { status: 'nothing' };
}
