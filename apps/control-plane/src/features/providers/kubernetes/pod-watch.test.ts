import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createClusterClient, type ClusterClient } from './cluster-client.ts';
import { createPodLauncher } from './launch-pod.ts';
import { createObjects } from './objects.ts';
import { PodWatch } from './pod-watch.ts';

const LABELS = { 'spt-flow.installation': 'i' };
let watches: URLSearchParams[];
let pods: object[];
/** What becomes of a watch; others stay open. */
let onWatch: (response: ServerResponse) => void;
let client: ClusterClient;
let watch: PodWatch;
let close: () => void;

beforeEach(async () => {
  watches = [];
  pods = [];
  onWatch = () => undefined;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://cluster');
    if (searchParams.has('watch')) {
      watches.push(searchParams);
      onWatch(response.writeHead(200));
      return;
    }
    const items = pathname.endsWith('/pods') ? pods : [];
    response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = createClusterClient({
    openAccess: async () => ({
      ...{ server: `http://127.0.0.1:${port}`, ca: undefined, certificate: undefined },
      ...{ isUnverified: false, token: async () => 't' },
    }),
  });
  watch = new PodWatch({
    ...{ client, path: '/api/v1/namespaces/n/pods', labels: LABELS },
    ...{ onChange: () => undefined, onConnected: () => undefined },
  });
  close = () => {
    watch.close();
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => close());

function pod(name: string) {
  return {
    metadata: { name, uid: name, resourceVersion: '2', labels: { 'spt-flow.workspace': 'w' } },
    spec: {},
  };
}

it('pauses longer each time where every watch ends at once', async () => {
  onWatch = (response) => response.end();
  await watch.open();
  for (let asked = 0; asked < 100; asked += 1) await client.ask({ path: '/version' });

  expect(watches.length).toBeLessThan(20);
});

it('looks at everything anew when what it knows is too old', async () => {
  const gone = { type: 'ERROR', object: { kind: 'Status', code: 410 } };
  onWatch = (response) => {
    pods = [pod('after')];
    if (watches.length === 1) response.end(`${JSON.stringify(gone)}\n`);
  };
  pods = [pod('before')];
  await watch.open();

  await vi.waitFor(() =>
    expect(watch.podsOf('w').map(({ metadata }) => metadata.name)).toEqual(['after']),
  );
});

it('gives up on a pod that nobody makes', async () => {
  const objects = createObjects(client, { namespace: 'n', installationId: 'i' });
  const words: string[] = [];
  const launch = createPodLauncher({ client, objects, watch, roomLimitMs: 1 });
  await watch.open();

  const start = launch({
    ...{ workspaceId: 'w', runId: 'r', limits: { memoryBytes: 1 } },
    ...{ signal: AbortSignal.timeout(10_000), onProgress: (text) => words.push(text) },
  });

  await expect(start).rejects.toMatchObject({
    code: 'workspace_start_failed',
    message: 'Waiting for the cluster to make the pod. That takes too long',
  });
  expect(words).toEqual(['Waiting for the cluster to make the pod']);
});
