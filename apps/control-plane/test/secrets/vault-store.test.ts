import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SecretScope } from '../../src/features/secrets/secret-store.ts';
import { openVault } from '../../src/features/secrets/vault/open-vault.ts';
import type { VaultLogin, VaultSource } from '../../src/features/secrets/vault/vault-settings.ts';
import { startVaultServer } from './vault-server.ts';

const ORGANIZATION = 'a0000000-0000-4000-8000-000000000000';
const EVERYBODY: SecretScope = { kind: 'organization', organizationId: ORGANIZATION, id: null };
const PROJECT: SecretScope = { ...EVERYBODY, kind: 'project', id: 'p1' };
const PATH = `spt-flow/${ORGANIZATION}/organization`;

describe('secrets in Vault', () => {
  let vault: Awaited<ReturnType<typeof startVaultServer>>;
  let directory: string;
  const opened: ReturnType<typeof openVault>[] = [];
  const errors: unknown[] = [];
  const recorded: number[] = [];

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    vault = await startVaultServer();
    directory = await mkdtemp(path.join(tmpdir(), 'spt-vault-'));
    errors.length = recorded.length = 0;
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    vi.useRealTimers();
    await vault.close();
    await rm(directory, { recursive: true });
  });

  async function file(name: string, content: string): Promise<string> {
    const place = path.join(directory, name);
    await writeFile(place, `${content}\n`);
    return place;
  }

  async function open(login?: VaultLogin, shared: readonly VaultSource[] = []) {
    const byRole = {
      ...{ method: 'approle' as const, mount: 'approle', roleId: 'the-role' },
      secretIdFile: await file('secret-id', 'the-secret-id'),
    };
    const onChanged = vi.fn();
    const each = openVault({
      settings: {
        ...{ address: vault.address, namespace: null, ca: null, mount: 'secret', path: 'spt-flow' },
        ...{ login: login ?? byRole, shared },
      },
      onChanged,
      onError: (error) => void errors.push(error),
    });
    opened.push(each);
    return { ...each, onChanged };
  }

  const change = (name: string) => ({
    ...{ name, by: 'user-1' },
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
    expect([...vault.kv.keys()]).toEqual([PATH, `spt-flow/${ORGANIZATION}/projects/p1`]);
    await here.store.remove(EVERYBODY, { ...change('API_KEY'), forever: false });
    expect(await valuesOf(here)).toEqual({ OTHER: 'two' });
    expect(await here.store.versions(EVERYBODY, 'API_KEY')).toMatchObject([
      { version: 3, change: 'delete' },
      { version: 1, change: 'set' },
    ]);
    await here.store.restore(EVERYBODY, { ...change('API_KEY'), version: 1 });
    expect(await valuesOf(here)).toEqual({ OTHER: 'two', API_KEY: 'one' });
    expect(recorded).toEqual([1, 2, 1, 3, 4]);
    await here.store.remove(EVERYBODY, { ...change('API_KEY'), forever: true });
    expect(vault.kv.get(PATH)?.filter(({ destroyed }) => !destroyed)).toHaveLength(1);
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
    vault.state.isSealed = true;
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

    vault.state.isSealed = false;
    vault.kv.get(PATH)?.push({
      ...{ data: { API_KEY: 'changed there', LD_PRELOAD: '/evil.so', COUNT: 3 } },
      ...{ createdAt: new Date().toISOString(), deletedAt: '', destroyed: false },
    });
    await later(35);
    expect(await valuesOf(here)).toEqual({ API_KEY: 'changed there' });
    expect(here.store.state().problem).toBeNull();
  });

  it('tell what was deleted on purpose from what is not there, and what may not be read', async () => {
    const here = await open();
    await here.store.put(EVERYBODY, { ...change('API_KEY'), value: 'one' });
    await valuesOf(here);
    vault.state.mayRead = () => false;
    await later(20);
    expect(await valuesOf(here)).toEqual({ API_KEY: 'one' });
    await expect(valuesOf(here, PROJECT)).rejects.toThrow('does not permit');
    // What one path is refused does not close the others.
    expect(here.store.state().problem).toBeNull();

    vault.state.mayRead = () => true;
    const newest = vault.kv.get(PATH)?.at(-1);
    if (newest) newest.deletedAt = new Date().toISOString();
    await later(20);
    expect(await valuesOf(here)).toEqual({});
  });

  it('sign in again when the token was revoked, and pause where the login is refused', async () => {
    const here = await open();
    await here.store.put(EVERYBODY, { ...change('API_KEY'), value: 'one' });
    vault.tokens.clear();
    await later(20);
    expect(await valuesOf(here)).toEqual({ API_KEY: 'one' });
    const logins = () => vault.calls.filter((call) => call.endsWith('/login')).length;
    expect(logins()).toBe(2);

    vault.tokens.clear();
    vault.state.secretId = 'another';
    for (let round = 0; round < 8; round += 1) {
      await later(16);
      await valuesOf(here);
    }
    // Five in a quarter of an hour would lock the role.
    expect(logins()).toBeLessThanOrEqual(4);
    expect(here.store.state().problem).toContain('invalid role or secret ID');
  });

  it('renew the token before it ends, and take their own back at the end', async () => {
    vault.state.tokenSeconds = 60;
    const here = await open();
    await here.store.put(EVERYBODY, { ...change('API_KEY'), value: 'one' });
    await later(45);
    await vi.waitFor(() => expect(vault.calls).toContain('POST auth/token/renew-self'));

    await here.close();
    expect(vault.tokens.size).toBe(0);
  });

  it.each(['token', 'kubernetes'] as const)('sign in by %s', async (method) => {
    const login: VaultLogin =
      method === 'token'
        ? { method, tokenFile: await file('token', vault.newToken()) }
        : { method, mount: method, role: 'the-role', tokenFile: await file('jwt', 'the-jwt') };
    const here = await open(login);

    await here.store.put(EVERYBODY, { ...change('API_KEY'), value: 'one' });
    expect(await valuesOf(here)).toEqual({ API_KEY: 'one' });
  });

  it('that are leased are renewed, replaced before they end, and revoked after a while', async () => {
    vault.state.leaseSeconds = vault.state.renewedSeconds = 60;
    const source = { path: 'terraform/creds/devenv', name: 'TFE_TOKEN', field: 'token' };
    const here = await open(undefined, [source]);
    here.sources.start();
    await vi.waitFor(() => expect(here.sources.variables()).toEqual({ TFE_TOKEN: 'tfe-1-value' }));
    await later(45);
    await vi.waitFor(() => expect(vault.calls).toContain('POST sys/leases/renew'));
    expect(here.sources.variables()).toEqual({ TFE_TOKEN: 'tfe-1-value' });

    // Its end is near: it can't be renewed for as long any more.
    vault.state.renewedSeconds = 10;
    await later(45);
    await vi.waitFor(() => expect(here.sources.variables()).toEqual({ TFE_TOKEN: 'tfe-2-value' }));
    expect(here.onChanged).toHaveBeenCalledTimes(2);
    // Whoever has the old one can go on with it for a while.
    expect(vault.leases.size).toBe(2);
    await here.close();
    expect(vault.leases.size).toBe(0);
    expect(errors).toEqual([]);
  });

  it('that all share are every key of a path, as somebody wrote it into Vault', async () => {
    vault.kv.set('devenv', [
      {
        data: { GITHUB_TOKEN: 'ghp', LANGFUSE_HOST: 'https://lf.example', PATH: '/evil' },
        ...{ createdAt: new Date().toISOString(), deletedAt: '', destroyed: false },
      },
    ]);
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
