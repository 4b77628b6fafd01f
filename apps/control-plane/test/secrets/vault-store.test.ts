import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SecretScope } from '../../src/features/secrets/secret-store.ts';
import { openVault } from '../../src/features/secrets/vault/open-vault.ts';
import type { VaultLogin, VaultSource } from '../../src/features/secrets/vault/vault-settings.ts';
import { policyOfGuide } from '../support/vault-guide.ts';
import { startVault, VAULT_TIMEOUT_MS, type RealVault } from '../support/vault.ts';

const EVERYBODY: SecretScope = { kind: 'organization', organizationId: 'org', id: null };
const PROJECT: SecretScope = { ...EVERYBODY, kind: 'project', id: 'p1' };
const LEASED = 'terraform/creds/devenv';

describe('secrets in Vault', () => {
  let vault: RealVault;
  let policy: string;
  let directory: string;
  /** Of one test alone. */
  let folder: string;
  let count = 0;
  const opened: ReturnType<typeof openVault>[] = [];
  const errors: unknown[] = [];
  const recorded: number[] = [];
  const intended: number[] = [];

  beforeAll(async () => {
    vault = await startVault();
    policy = await policyOfGuide();
    await vault.write('sys/mounts/secret', { type: 'kv', options: { version: '2' } });
    await vault.write('sys/mounts/terraform', { type: 'leased' });
    await vault.write('sys/auth/approle', { type: 'approle' });
  }, VAULT_TIMEOUT_MS);
  afterAll(() => vault.close());
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    folder = `spt-flow/${(count += 1)}`;
    directory = await mkdtemp(path.join(tmpdir(), 'spt-vault-'));
    await vault.write('sys/policies/acl/spt-flow', { policy });
    await vault.write('auth/approle/role/spt-flow', {
      token_policies: ['spt-flow'],
      token_ttl: 60,
    });
    errors.length = recorded.length = intended.length = vault.calls.length = 0;
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    vi.useRealTimers();
    await rm(directory, { recursive: true });
  });

  async function file(name: string, content: unknown): Promise<string> {
    const place = path.join(directory, name);
    await writeFile(place, `${String(content)}\n`);
    return place;
  }

  async function byRole(): Promise<VaultLogin> {
    const role = 'auth/approle/role/spt-flow';
    const { data: id } = await vault.read(`${role}/role-id`);
    const { data: secret } = await vault.write(`${role}/secret-id`);
    return {
      ...{ method: 'approle', mount: 'approle', roleId: String(id?.['role_id']) },
      secretIdFile: await file('secret-id', secret?.['secret_id']),
    };
  }

  async function open(login?: VaultLogin, shared: readonly VaultSource[] = []) {
    const onChanged = vi.fn();
    const each = openVault({
      settings: {
        ...{ address: vault.address, namespace: null, ca: null, mount: 'secret', path: folder },
        ...{ login: login ?? (await byRole()), shared },
      },
      onChanged,
      onError: (error) => void errors.push(error),
    });
    opened.push(each);
    return { ...each, onChanged };
  }

  const change = (name: string) => ({
    ...{ name, by: 'user-1' },
    intend: ({ version }: { version: number }) => Promise.resolve(void intended.push(version)),
    record: ({ version }: { version: number }) => Promise.resolve(void recorded.push(version)),
  });
  const later = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
  const valuesOf = async ({ store }: Awaited<ReturnType<typeof open>>, scope = EVERYBODY) =>
    Object.fromEntries((await store.values([scope]))[0] ?? []);

  it('are set, read, deleted and brought back, each scope at a path of its own', async () => {
    const here = await open();
    await here.store.put(EVERYBODY, { ...change('API_KEY'), value: 'one' });
    await here.store.put(EVERYBODY, { ...change('OTHER'), value: 'two' });
    await here.store.put(PROJECT, { ...change('API_KEY'), value: 'three' });

    expect(await valuesOf(here)).toEqual({ API_KEY: 'one', OTHER: 'two' });
    expect(await valuesOf(here, PROJECT)).toEqual({ API_KEY: 'three' });
    expect(await vault.list(`secret/metadata/${folder}/org`)).toEqual([
      'organization',
      'projects/',
    ]);
    await here.store.remove(EVERYBODY, { ...change('API_KEY'), forever: false });
    expect(await valuesOf(here)).toEqual({ OTHER: 'two' });
    expect(await here.store.versions(EVERYBODY, 'API_KEY')).toMatchObject([
      { version: 3, change: 'delete' },
      { version: 1, change: 'set' },
    ]);
    await here.store.restore(EVERYBODY, { ...change('API_KEY'), version: 1 });
    expect(await valuesOf(here)).toEqual({ OTHER: 'two', API_KEY: 'one' });
    expect(recorded).toEqual([1, 2, 1, 3, 4]);
    expect(intended).toEqual(recorded);
    const intend = () => Promise.reject(new Error('not written down'));
    const lost = here.store.put(EVERYBODY, { ...change('LOST'), intend, value: 'x' });
    await expect(lost).rejects.toThrow('not written down');
    expect(await valuesOf(here)).not.toHaveProperty('LOST');
    await here.store.remove(EVERYBODY, { ...change('API_KEY'), forever: true });
    const { data } = await vault.read(`secret/metadata/${folder}/org/organization`);
    const versions = Object.values(data?.['versions'] ?? {});
    expect(versions.filter(({ destroyed }) => !destroyed)).toHaveLength(1);
  });

  it('of two who change a path at once both count, and one who saw something else is told', async () => {
    const here = await open();
    const there = await open();
    await Promise.all([
      here.store.put(EVERYBODY, { ...change('ONE'), value: '1' }),
      there.store.put(EVERYBODY, { ...change('TWO'), value: '2' }),
    ]);

    expect(await valuesOf(here)).toEqual({ ONE: '1', TWO: '2' });
    await expect(
      here.store.put(EVERYBODY, { ...change('ONE'), value: '3', ifVersion: 1 }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });

  it('stay as they were last known while Vault is sealed or gone, and are read again then', async () => {
    const here = await open();
    await here.store.put(EVERYBODY, { ...change('API_KEY'), value: 'one' });
    await valuesOf(here);
    await vault.seal();
    await later(20);

    expect(await valuesOf(here)).toEqual({ API_KEY: 'one' });
    expect(here.store.state()).toMatchObject({ problem: expect.stringContaining('sealed') });
    await expect(
      here.store.put(EVERYBODY, { ...change('API_KEY'), value: 'two' }),
    ).rejects.toMatchObject({ code: 'secret_store_unavailable' });
    await expect(valuesOf(here, PROJECT)).rejects.toMatchObject({
      code: 'secret_store_unavailable',
    });
    // Within a pause nobody is asked.
    const asked = vault.calls.length;
    await valuesOf(here);
    expect(vault.calls.length).toBe(asked);

    await vault.unseal();
    await vault.write(`secret/data/${folder}/org/organization`, {
      data: { API_KEY: 'changed there', LD_PRELOAD: '/evil.so', COUNT: 3 },
    });
    await later(35);
    expect(await valuesOf(here)).toEqual({ API_KEY: 'changed there' });
    expect(here.store.state().problem).toBeNull();
  });

  it('tell what was deleted on purpose from what is not there, and what may not be read', async () => {
    const here = await open();
    await here.store.put(EVERYBODY, { ...change('API_KEY'), value: 'one' });
    await valuesOf(here);
    await vault.delete('sys/policies/acl/spt-flow');
    await later(20);
    expect(await valuesOf(here)).toEqual({ API_KEY: 'one' });
    await expect(valuesOf(here, PROJECT)).rejects.toThrow('does not permit');
    // What one path is refused does not close the others.
    expect(here.store.state().problem).toBeNull();

    await vault.write('sys/policies/acl/spt-flow', { policy });
    await vault.delete(`secret/data/${folder}/org/organization`);
    await later(20);
    expect(await valuesOf(here)).toEqual({});
  });

  it('sign in again when the token was revoked, and pause where the login is refused', async () => {
    const here = await open();
    await here.store.put(EVERYBODY, { ...change('API_KEY'), value: 'one' });
    const revokeAll = () => vault.write('sys/leases/revoke-prefix/auth/approle');
    await revokeAll();
    await later(20);
    expect(await valuesOf(here)).toEqual({ API_KEY: 'one' });
    const logins = () => vault.calls.filter((call) => call.endsWith('/login')).length;
    expect(logins()).toBe(2);

    await revokeAll();
    await file('secret-id', 'another');
    for (let round = 0; round < 8; round += 1) {
      await later(16);
      await valuesOf(here);
    }
    // Five in a quarter of an hour would lock the role.
    expect(logins()).toBeLessThanOrEqual(4);
    expect(here.store.state().problem).toContain('invalid role or secret ID');
  });

  it('renew the token before it ends, and take their own back at the end', async () => {
    const here = await open();
    await here.store.put(EVERYBODY, { ...change('API_KEY'), value: 'one' });
    await later(45);
    await vi.waitFor(() => expect(vault.calls).toContain('POST /v1/auth/token/renew-self'));

    await here.close();
    // The operator's own is left.
    expect(await vault.list('auth/token/accessors')).toHaveLength(1);
  });

  it('sign in by a token', async () => {
    const { auth } = await vault.write('auth/token/create', { policies: ['spt-flow'] });
    const here = await open({
      ...{ method: 'token', tokenFile: await file('token', auth?.client_token) },
    });

    await here.store.put(EVERYBODY, { ...change('API_KEY'), value: 'one' });
    expect(await valuesOf(here)).toEqual({ API_KEY: 'one' });
  });

  it('that are leased are renewed, replaced before they end, and revoked after a while', async () => {
    await vault.write(LEASED, { token: 'tfe-1-value', ttl: '60s' });
    const source = { path: LEASED, name: 'TFE_TOKEN', field: 'token' };
    const here = await open(undefined, [source]);
    here.sources.start();
    await vi.waitFor(() => expect(here.sources.variables()).toEqual({ TFE_TOKEN: 'tfe-1-value' }));
    await later(45);
    await vi.waitFor(() => expect(vault.calls).toContain('POST /v1/sys/leases/renew'));
    expect(here.sources.variables()).toEqual({ TFE_TOKEN: 'tfe-1-value' });

    // Its end is near: it can't be renewed for as long any more.
    await vault.write('sys/mounts/terraform/tune', { max_lease_ttl: '10s' });
    await vault.write(LEASED, { token: 'tfe-2-value', ttl: '60s' });
    await later(45);
    await vi.waitFor(() => expect(here.sources.variables()).toEqual({ TFE_TOKEN: 'tfe-2-value' }));
    expect(here.onChanged).toHaveBeenCalledTimes(2);
    // Whoever has the old one can go on with it for a while.
    const leases = () => vault.list(`sys/leases/lookup/${LEASED}`);
    expect(await leases()).toHaveLength(2);
    await here.close();
    await vi.waitFor(async () => expect(await leases()).toEqual([]));
    expect(errors).toEqual([]);
  });

  it('that all share are every key of a path, as somebody wrote it into Vault', async () => {
    await vault.write('secret/data/devenv', {
      data: { GITHUB_TOKEN: 'ghp', LANGFUSE_HOST: 'https://lf.example', PATH: '/evil' },
    });
    const here = await open(undefined, [{ path: 'secret/data/devenv', name: null }]);
    here.sources.start();

    await vi.waitFor(() =>
      expect(here.sources.variables()).toEqual({
        GITHUB_TOKEN: 'ghp',
        LANGFUSE_HOST: 'https://lf.example',
      }),
    );
  });
});
