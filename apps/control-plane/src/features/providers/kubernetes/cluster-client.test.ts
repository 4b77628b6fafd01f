import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readAccess } from './access.ts';
import { apiErrorOf, createRefusal, toAppError } from './api-error.ts';
import { createClusterClient } from './cluster-client.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spt-kubeconfig-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function kubeconfig(server: string, user: object): Promise<string> {
  const file = path.join(directory, 'config');
  const config = {
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(file, stringify(config));
  return file;
}

function read(file: string | null, context: string | null = null) {
  return readAccess({ kubeconfig: file, context, environment: {} });
}

describe('readAccess', () => {
  it('reads a token anew, since its file is renewed', async () => {
    const file = await kubeconfig('https://cluster.example:6443/', { tokenFile: 'token' });
    await writeFile(path.join(directory, 'token'), 'first\n');
    const { server, token } = await read(file);

    expect([server, await token()]).toEqual(['https://cluster.example:6443', 'first']);
    await writeFile(path.join(directory, 'token'), 'second\n');
    expect(await token()).toBe('second');
  });

  it.each([
    [
      'a context that is not there',
      () => kubeconfig('https://c', { token: 't' }),
      'other',
      /"other"/,
    ],
    ['programs as credentials', () => kubeconfig('https://c', { exec: {} }), null, /programs/],
    [
      'a certificate without its key',
      () => kubeconfig('https://c', { 'client-certificate-data': 'Y2VydA==' }),
      null,
      /neither a token nor a certificate with its key/,
    ],
    ['no file', async () => path.join(directory, 'none'), null, /can't be read/],
  ])('says what is wrong with %s', async (_what, file, context, words) => {
    await expect(read(await file(), context)).rejects.toThrow(words);
  });

  it('never quotes a file that is no YAML', async () => {
    const file = path.join(directory, 'config');
    await writeFile(file, 'token: "secret-1234\n: [');

    await expect(read(file)).rejects.toThrow(/^((?!secret-1234).)*$/s);
  });

  it('says that it is outside of a cluster', async () => {
    await expect(read(null)).rejects.toThrow('SPT_FLOW_KUBERNETES_KUBECONFIG');
  });
});

describe('createClusterClient', () => {
  it('tells an API server that is away, or hangs, from one that says no', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/hangs') return;
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ reason: 'Forbidden', message: 'no' }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const file = await kubeconfig(`http://127.0.0.1:${port}`, { token: 't' });
    const client = createClusterClient({ openAccess: () => read(file), callLimitMs: 200 });
    const ask = (url: string) =>
      client.ask({ path: url }).catch((error: unknown) => toAppError(error, client));

    expect(await ask('/hangs')).toMatchObject({ code: 'engine_unavailable' });
    expect(client.awaySince).toBeInstanceOf(Date);
    expect(await ask('/')).toMatchObject({ code: 'cluster_forbidden' });
    expect(client.awaySince).toBeUndefined();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    const away = await ask('/');
    expect(away).toMatchObject({
      code: 'engine_unavailable',
      message: expect.stringMatching(new RegExp(`127.0.0.1:${port} since .*ECONNREFUSED`)),
    });
  });

  it('reads who asks anew when that is not accepted any more', async () => {
    const server = createServer((request, response) => {
      const isKnown = request.headers.authorization === 'Bearer new';
      response.writeHead(isKnown ? 200 : 401).end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const file = await kubeconfig(url, { token: 'old' });
    const client = createClusterClient({ openAccess: () => read(file) });

    await expect(client.ask({ path: '/' })).rejects.toMatchObject({ status: 401 });
    await kubeconfig(url, { token: 'new' });
    expect(await client.ask({ path: '/' })).toEqual({});
    server.closeAllConnections();
    server.close();
  });

  it('waits for settings that somebody still has to mend', async () => {
    const client = createClusterClient({ openAccess: () => read(path.join(directory, 'config')) });
    await expect(client.ask({ path: '/' })).rejects.toThrow("can't be read");
    await kubeconfig('http://127.0.0.1:1', { token: 't' });
    await expect(client.ask({ path: '/' })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('createRefusal', () => {
  it.each([
    [
      'pods "a" is forbidden: User "u" cannot get resource "pods/log" in API group "" in the namespace "n"',
      'cluster_forbidden',
      'spt-flow may not get pods/log in the namespace "n"',
    ],
    [
      'statefulsets.apps is forbidden: User "u" cannot create resource "statefulsets" in API group "apps" in the namespace "n"',
      'cluster_forbidden',
      'spt-flow may not create statefulsets.apps in the namespace "n"',
    ],
    [
      'create Pod a in StatefulSet a failed error: pods "a" is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3',
      'cluster_quota_exceeded',
      'The namespace has no room left: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3',
    ],
    [
      'namespaces "n" not found',
      'workspace_start_failed',
      'Kubernetes says: namespaces "n" not found',
    ],
  ])('takes "%s" for %s', (message, code, words) => {
    expect(createRefusal(message)).toMatchObject({ code, message: words });
  });

  it('bounds what it repeats', () => {
    expect(apiErrorOf(500, JSON.stringify({ message: 'x'.repeat(9_000) })).message).toHaveLength(
      500,
    );
    expect(apiErrorOf(502, '<html>').message).toBe('it answered 502');
  });
});
