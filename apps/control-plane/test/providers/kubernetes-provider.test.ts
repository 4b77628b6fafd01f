import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DatabaseConnection } from '@spt-flow/db/client';
import { startTestServer, type TestServer } from '@spt-flow/db/testing/test-database';
import { AppError } from '@spt-flow/shared/domain/errors';
import {
  DEFAULT_SETTINGS,
  type WorkspaceSettings,
} from '@spt-flow/shared/domain/workspace-settings';
import { hasNodeParts } from '../../../../scripts/lib/infra/kubernetes/cluster/node.mjs';
import { runInWorkspace } from '../../src/features/agents/index.ts';
import { openVault } from '../../src/features/secrets/vault/open-vault.ts';
import { type AgentsServer, startAgentsServer } from '../agents/agents-server.ts';
import { portOf } from '../support/ports.ts';
import { startVault } from '../support/vault.ts';
import { NAMESPACE, startWorkspaceCluster, type ClusterStage } from './kubernetes-cluster.ts';
import { newKubernetesStage, SETTINGS, type KubernetesStage } from './kubernetes-stage.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import { newDataDirectory, startWorkspacesServer } from '../workspaces/workspaces-server.ts';

/** Programs are built the first time. */
const CLUSTER_TIMEOUT_MS = 900_000;

describe.skipIf(!hasNodeParts())('workspaces as pods of a cluster', () => {
  let postgres: TestServer;
  let database: DatabaseConnection;
  let agents: AgentsServer;
  let cluster: ClusterStage;
  let stage: KubernetesStage;
  let own: KubernetesStage | undefined;
  let data: Awaited<ReturnType<typeof newDataDirectory>>;

  beforeAll(async () => {
    [postgres, cluster] = await Promise.all([startTestServer(), startWorkspaceCluster()]);
    database = await postgres.createDatabase();
    agents = await startAgentsServer(database.db);
    data = await newDataDirectory();
    stage = await newKubernetesStage(cluster, { agents, roomLimitMs: 500 });
  }, CLUSTER_TIMEOUT_MS);
  afterAll(async () => {
    await own?.close();
    await stage.close();
    await data.remove();
    await cluster.stop();
    await agents.close();
    await database.close();
    await postgres.stop();
  });

  async function newSpec(settings: Partial<WorkspaceSettings> = {}) {
    const workspace = await seedWorkspace(database.db, await seedTenant(database.db));
    const terms = { channelBinding: 'inner-kx' } as const;
    return {
      ...{ workspaceId: workspace.id, projectId: workspace.projectId, name: 'pods' },
      ...{ settings: { ...DEFAULT_SETTINGS, ...settings }, revision: 0, container: null },
      owner: { name: 'Ann', email: 'ann@example.org' },
      join: async () => ({
        ...{ url: agents.url, serverKey: agents.serverKey },
        token: (await agents.agents.enrolmentTokens.create(workspace, terms)).token,
      }),
    };
  }

  const untilOnline = (id: string) =>
    vi.waitFor(() => expect(agents.agents.hub.isOnline(id)).toBe(true), { timeout: 20_000 });

  /** Of everything that a workspace has, as the cluster shows it. */
  async function podsOf(id: string): Promise<string> {
    return cluster.admin('get', 'pods', '-l', `spt-flow.workspace=${id}`, '-o', 'name');
  }

  async function failureOf(settings: Partial<WorkspaceSettings>, change = {}): Promise<AppError> {
    const spec = await newSpec(settings);
    const provider = stage.successor(change);
    const error: unknown = await provider.start(spec).catch((reason: unknown) => reason);
    await stage.provider.delete(spec.workspaceId);
    if (error instanceof AppError) return error;
    throw error;
  }

  it('give people no right that the image does not need, and outlive the control plane', async () => {
    const spec = await newSpec({ environment: { SHELL_WORDS: '$(HOME) $HOME $$' } });
    const { workspaceId: id } = spec;
    const { warnings } = await stage.provider.start(spec);
    await untilOnline(id);
    const seen = await stage.exec(
      id,
      `id -u; grep -E "CapBnd|CapEff|NoNewPrivs|Seccomp:" /proc/1/status; printenv SHELL_WORDS
       ls /var/run/secrets 2>&1; git config user.name; touch ~/x /workspace/y /tmp/z && echo wrote`,
    );

    expect(warnings[0]).toContain('restricted');
    expect(seen).toMatch(/^1000\n/);
    expect(seen).toMatch(/CapEff:\s0+\nCapBnd:\s0+\nNoNewPrivs:\s1\nSeccomp:\s2/);
    expect(seen).toContain('$(HOME) $HOME $$\n');
    expect(seen).toMatch(/secrets.*No such file/);
    expect(seen).toContain('Ann\nwrote\n');
    expect(
      await cluster.admin('get', 'networkpolicies', '-l', 'ManagedBy=spt-flow', '-o', 'name'),
    ).toMatch(new RegExp(`spt-flow-${id}\\n.*spt-flow-project-${spec.projectId}`));

    // Another installation, and whoever tries its ids, has nothing to do with it.
    const stranger = stage.successor({ installationId: 'another' });
    expect(await stranger.inspect(id)).toBe('absent');
    await stranger.delete(id);
    expect((await stranger.present?.())?.size).toBe(0);

    const next = stage.successor();
    expect(await next.reap()).toBe(0);
    expect(await next.inspect(id)).toBe('running');
    const command = { argv: ['cat', '/workspace/y'], timeoutMs: 20_000 };
    expect((await runInWorkspace(agents.agents.hub, id, command)).exitCode).toBe(0);

    // Behind our back.
    await cluster.admin('delete', 'pod', stage.pod(id), '--wait=false');
    await vi.waitFor(() => expect(stage.ended).toHaveLength(1), { timeout: 10_000 });
    expect(stage.ended[0]).toMatchObject({ workspaceId: id });
    expect(stage.ended[0]?.cause).toMatch(/removed by somebody else/);
    await next.delete(id);
    expect(await podsOf(id)).toBe('');
    const ofProject = `spt-flow.project=${spec.projectId}`;
    expect(await cluster.admin('get', 'networkpolicies', '-l', ofProject, '-o', 'name')).toBe('');
  });

  it('are refused with what the cluster says and what to do', async () => {
    const kubeconfig = cluster.environmentOf('operator').KUBECONFIG;
    const access = { kubeconfig, context: null, environment: {} };
    const [forbidden, image, room, volume] = await Promise.all([
      failureOf({}, { access }),
      failureOf({ image: 'Not An Image' }),
      failureOf({}, { settings: { ...SETTINGS, nodeSelector: { pool: 'none' } } }),
      failureOf({}, { settings: { ...SETTINGS, storageClass: 'nowhere' } }),
    ]);

    expect([forbidden, image, room, volume].map(({ code }) => code)).toEqual([
      ...['cluster_forbidden', 'image_unusable'],
      ...['cluster_no_room', 'cluster_volume_pending'],
    ]);
    expect(forbidden.message).toContain(`may not list pods in the namespace "${NAMESPACE}"`);
    expect(image.message).toContain('"Not An Image"');
    expect(room.message).toMatch(/0\/1 nodes are available/);
  });

  it('are held to the quota of the namespace', async () => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota' } };
    const failureUnder = async (hard: object) => {
      await cluster.apply({ ...quota, spec: { hard } });
      await vi.waitFor(async () =>
        expect(await cluster.admin('get', 'quota', '-o', 'yaml')).toContain('used:'),
      );
      return failureOf({}).finally(() => cluster.admin('delete', 'quota', 'quota'));
    };
    const pods = await failureUnder({ pods: '0' });
    const storage = await failureUnder({ 'requests.storage': '1Gi' });

    expect([pods.code, storage.code]).toEqual(Array(2).fill('cluster_quota_exceeded'));
    expect(pods.message).toMatch(/exceeded quota: quota, requested: pods=1/);
    expect(storage.message).toMatch(/exceeded quota: quota, requested: requests.storage=/);
  });

  it('leave alone what others gave the same name', async () => {
    const spec = await newSpec();
    const name = `spt-flow-${spec.workspaceId}`;
    const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' };
    await cluster.apply({ ...policy, metadata: { name }, spec: { podSelector: {} } });

    await expect(stage.provider.start(spec)).rejects.toThrow(/is not of this installation/);
    await stage.provider.delete(spec.workspaceId);

    expect(await cluster.admin('get', 'networkpolicy', name, '-o', 'name')).toContain(name);
  });

  it('end in the middle of a start, and nothing of it comes later', async () => {
    const spec = await newSpec({ image: 'spt-flow.test/none:1' });
    const { workspaceId: id } = spec;
    const stop = new AbortController();
    const words: string[] = [];
    const starting = stage.provider.start(spec, stop.signal, (text) => words.push(text));
    starting.catch(() => undefined);
    await vi.waitFor(async () => expect(await podsOf(id)).not.toBe(''), { timeout: 10_000 });
    stop.abort(new AppError('conflict', 'Somebody stopped it'));

    await expect(starting).rejects.toThrow('Somebody stopped it');
    await stage.provider.stop(id, { graceMs: 0 });
    expect(await podsOf(id)).toBe('');
    expect(await stage.provider.inspect(id)).toBe('absent');
    expect(words).not.toEqual([]);
    await stage.provider.delete(id);
    expect((await stage.provider.present?.())?.has(id)).toBe(false);
  });

  it('come back by themselves with their files when their pod is removed', async () => {
    const server = await startWorkspacesServer({
      ...{ db: database.db, installationId: stage.installationId },
      dataDirectory: data.path,
      async kubernetes(door) {
        own = await newKubernetesStage(cluster, { agents: door });
        return own.provider;
      },
    });
    const { content } = server.workspaces;
    const tenant = await seedTenant(database.db);
    const id = await server.create(tenant, { provider: 'kubernetes' });
    await server.untilState(id, 'running');
    const exec = async (command: string) => {
      const call = { command, timeoutSeconds: 20, correlationId: 'test' };
      return (await content.exec(id, call)).stdout;
    };
    await exec('echo kept > kept; echo mine > ~/mine');

    await cluster.admin('delete', 'pod', `spt-flow-${id}-0`, '--wait=false');
    await server.untilState(id, 'failed');
    await server.untilState(id, 'running');

    expect(await exec('cat kept ~/mine')).toBe('kept\nmine\n');
    expect((await server.row(id)).warnings).toEqual([expect.stringContaining('restricted')]);
    await server.close();
    // An update of the control plane ends nobody's work.
    expect(await podsOf(id)).toContain(id);
    expect(await own?.successor().inspect(id)).toBe('running');
  });

  it('stand still while their files are copied, and go on when nobody is there to say so', async () => {
    const link = await startLink(new URL(cluster.server));
    const kubeconfig = path.join(cluster.directory, 'link.yaml');
    const known = await readFile(cluster.environmentOf('provider').KUBECONFIG, 'utf8');
    await writeFile(kubeconfig, known.replaceAll(cluster.server, link.url));
    const access = { kubeconfig, context: null, environment: {} };
    const provider = stage.successor({ access });
    const spec = await newSpec();
    const { workspaceId: id, projectId } = spec;
    const files = { workspaceId: id, projectId, revision: 0, size: DEFAULT_SETTINGS.size };
    await provider.start(spec);
    await untilOnline(id);
    const work = 'while :; do date +%N >/workspace/tick; sleep 0.01; done';
    await stage.exec(id, `(${work}) </dev/null >/dev/null 2>&1 &`);
    const tick = () => stage.exec(id, 'cat /workspace/tick');
    const goesOn = async () => {
      const before = await tick();
      await vi.waitFor(async () => expect(await tick()).not.toBe(before));
    };
    await goesOn();

    const ticks: string[] = [];
    await provider.copies?.read(files, async ({ archive }) => {
      ticks.push(await tick(), await tick());
      archive.resume();
    });
    expect(ticks.length).toBeGreaterThan(2);
    expect(new Set(ticks).size).toBe(1);
    await goesOn();

    const cut = provider.copies?.read(files, async ({ archive }) => {
      link.cut();
      archive.resume();
    });
    await expect(cut).rejects.toMatchObject({ code: 'engine_unavailable' });
    await goesOn();
    expect(await podsOf(id)).toContain(`${id}-copy`);
    await stage.provider.delete(id);
    expect(await podsOf(id)).toBe('');
  });

  it('sign in to Vault by the service account of the control plane', async () => {
    const account = ['serviceaccount', 'control-plane'];
    await cluster.admin('create', ...account);
    const jwt = path.join(cluster.directory, 'jwt');
    await writeFile(jwt, await cluster.admin('create', 'token', 'control-plane'));
    const vault = await startVault();
    await vault.write('sys/mounts/secret', { type: 'kv', options: { version: '2' } });
    await vault.write('sys/auth/kubernetes', { type: 'kubernetes' });
    await vault.write('auth/kubernetes/config', {
      ...{ kubernetes_host: cluster.server, token_reviewer_jwt: 'admin-token' },
      kubernetes_ca_cert: await readFile(`${cluster.directory}/certificates/apiserver.crt`, 'utf8'),
    });
    await vault.write('auth/kubernetes/role/spt-flow', {
      bound_service_account_names: 'control-plane',
      ...{ bound_service_account_namespaces: NAMESPACE, token_policies: ['spt-flow'] },
    });
    const policy = 'path "secret/*" { capabilities = ["read"] }';
    await vault.write('sys/policies/acl/spt-flow', { policy });
    await vault.write('secret/data/spt-flow/o/organization', { data: { API_KEY: 'there' } });

    const login = { method: 'kubernetes', mount: 'kubernetes', role: 'spt-flow' } as const;
    const opened = openVault({
      settings: {
        ...{ address: vault.address, namespace: null, ca: null, mount: 'secret' },
        ...{ path: 'spt-flow', login: { ...login, tokenFile: jwt }, shared: [] },
      },
      onChanged: () => undefined,
      onError: (error) => expect(error).toBeUndefined(),
    });
    const scope = { kind: 'organization', organizationId: 'o', id: null } as const;
    expect(await opened.store.values([scope])).toEqual([new Map([['API_KEY', 'there']])]);
    await opened.close();
    await vault.close();
  });
});

/** What a control plane loses when it is killed: all its connections. */
async function startLink(target: URL) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  const port = await portOf(server);
  return {
    url: `https://127.0.0.1:${port}`,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
