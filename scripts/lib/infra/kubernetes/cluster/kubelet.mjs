import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 300;
/** Pods that were given an address, of one network for all of them. */
let addressed = 0;

/** playNodes does what kubelets tell the API server, without running anything: nodes and pods are ready, told pods go. */
export function playNodes({ server, token }) {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const api = { server, token, agent };
  let isOver = false;
  const over = (async () => {
    while (!isOver) {
      // The API server may be busy; the next round tries again.
      await round(api).catch(() => undefined);
      await delay(POLL_MS);
    }
  })();
  return async () => {
    isOver = true;
    await over;
    agent.destroy();
  };
}

async function round(api) {
  const [{ items: nodes }, { items: pods }] = await Promise.all([
    call(api, { method: 'GET', path: '/api/v1/nodes' }),
    call(api, { method: 'GET', path: '/api/v1/pods' }),
  ]);
  await Promise.all([
    ...nodes.map(({ metadata }) => beat(api, metadata.name)),
    ...pods.filter(({ spec }) => spec.nodeName).map((pod) => playPod(api, pod)),
  ]);
}

function beat(api, name) {
  const lastHeartbeatTime = new Date().toISOString();
  const ready = { type: 'Ready', status: 'True', reason: 'Played', lastHeartbeatTime };
  const body = { status: { conditions: [ready] } };
  return call(api, { method: 'PATCH', path: `/api/v1/nodes/${name}/status`, body });
}

async function playPod(api, { metadata, spec, status }) {
  const at = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
  if (metadata.deletionTimestamp) {
    const preconditions = { uid: metadata.uid };
    const body = { gracePeriodSeconds: 0, preconditions };
    await call(api, { method: 'DELETE', path: at, body });
  } else if (status.phase === 'Pending') {
    const body = { status: readyStatus(spec) };
    await call(api, { method: 'PATCH', path: `${at}/status`, body });
  }
}

function readyStatus({ containers }) {
  const startedAt = new Date().toISOString();
  const types = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'];
  return {
    phase: 'Running',
    startTime: startedAt,
    podIPs: [{ ip: nextAddress() }],
    conditions: types.map((type) => ({ type, status: 'True', lastTransitionTime: startedAt })),
    containerStatuses: containers.map(({ name, image }) => ({
      ...{ name, image, imageID: '', ready: true, started: true, restartCount: 0 },
      state: { running: { startedAt } },
    })),
  };
}

function nextAddress() {
  addressed += 1;
  return `10.244.${addressed >> 8}.${addressed & 255}`;
}

/** What the API server answers; an error where it says no. */
function call({ server, token, agent }, { method, path, body }) {
  return new Promise((resolve, reject) => {
    const type = method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
    const content = Buffer.from(body ? JSON.stringify(body) : '');
    // Node sends no length with DELETE by itself.
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': type,
      'content-length': content.length,
    };
    request(`${server}${path}`, { method, headers, agent }, (response) => {
      text(response).then((answer) => {
        if (response.statusCode < 300) resolve(JSON.parse(answer));
        else reject(new Error(`${method} ${path}: ${response.statusCode}`));
      }, reject);
    })
      .once('error', reject)
      .end(content);
  });
}
