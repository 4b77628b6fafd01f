import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { asc, desc, eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditLog, organizations, sessions } from '@spt-flow/db/schema';
import { useDatabases } from '../support/database.ts';
import { seedTenant } from '../workspaces/seed.ts';
import { VAULT_TIMEOUT_MS } from '../support/vault.ts';
import { createSshStage, type SshStage } from './ssh-stage.ts';
import { startVaultAuthorities } from './vault-authorities.ts';

const PATIENCE = { timeout: 20_000 };
const createDatabase = useDatabases();
let db: Awaited<ReturnType<typeof createDatabase>>['db'];
let stage: SshStage;

beforeAll(async () => {
  ({ db } = await createDatabase());
  stage = await createSshStage(db);
}, 120_000);
afterAll(() => stage.close());
beforeEach(() => {
  stage.state.principal = stage.live.tenant.principal;
  stage.state.desiredState = 'running';
  stage.state.uses = [];
});
afterEach(() => expect(stage.state.errors).toEqual([]));

function inProject(name: string): string {
  return path.join(stage.live.projectDirectory, name);
}

/** What lies where the sockets of agents lie. */
async function leftSockets(): Promise<string[]> {
  return (await readdir(stage.folder)).filter((name) => name.includes('.spt-flow'));
}

/** Runs for as long as its connection, and says when it is there. */
async function holdOpen(args: readonly string[] = []) {
  const child = stage.start([
    ...['ssh', '-F', stage.config, ...args],
    ...[stage.host, 'echo there; exec sleep 1000'],
  ]);
  const closed = once(child, 'close') as Promise<[number | null]>;
  await once(child.stdout, 'data');
  return { child, closed };
}

describe('ssh', () => {
  it('runs a command: output, errors, exit code, and input byte by byte', async () => {
    const bytes = randomBytes(300_000).toString('base64');

    expect(await stage.ssh([stage.host, 'cat; echo blamed >&2; exit 7'], { input: bytes })).toEqual(
      { exitCode: 7, out: bytes, err: 'blamed\n' },
    );
    expect(await leftSockets()).toEqual([]);
  });

  it('knows the workspace by its id too', async () => {
    const { id } = stage.live.workspace;

    expect(await stage.ssh([`${id}.spt-flow`, 'echo', 'here'])).toMatchObject({ out: 'here\n' });
  });

  it('has a terminal', async () => {
    const { out } = await stage.ssh(['-tt', stage.host, 'tty']);

    expect(out).toMatch(/^\/dev\/pts\/\d+\r\n/);
  });

  it('logs in many at once, each to its own session', async () => {
    const numbers = Array.from({ length: 8 }, (_, index) => `${index}\n`);

    const results = await Promise.all(
      numbers.map((number) => stage.ssh([stage.host, `echo ${number.trim()}`])),
    );

    expect(results.map(({ out, err }) => out + err)).toEqual(numbers);
    expect(await leftSockets()).toEqual([]);
  });

  it('is audited: who, from where, as whom, from beginning to end', async () => {
    const entries = async (after = 0) =>
      (
        await db
          .select()
          .from(auditLog)
          .where(eq(auditLog.target, `workspace:${stage.live.workspace.id}`))
          .orderBy(asc(auditLog.createdAt))
      ).slice(after);
    const stillOpen = async () =>
      (await entries()).reduce((sum, { action }) => sum + (action === 'ssh.open' ? 1 : -1), 0);
    // The end of a connection is written down a moment after its client has gone.
    await expect.poll(stillOpen).toBe(0);
    const before = (await entries()).length;
    await stage.ssh([stage.host, 'true']);

    await expect
      .poll(async () => (await entries(before)).map(({ action }) => action))
      .toEqual(['ssh.open', 'ssh.close']);
    const [opened, closed] = await entries(before);
    expect(opened).toMatchObject({
      principal: `user:${stage.live.tenant.userId}`,
      detail: { from: '127.0.0.1', serial: expect.stringMatching(/^\d+$/) },
    });
    expect(closed?.detail).toEqual(opened?.detail);
  });

  it('is a session with all that it carried; its certificate is what goes on for minutes', async () => {
    await stage.ssh([stage.host, 'cat'], { input: 'x'.repeat(50_000) });
    const of = eq(sessions.kind, 'ssh');
    const last = async () =>
      (await db.select().from(sessions).where(of).orderBy(asc(sessions.startedAt))).at(-1);

    await expect.poll(last, PATIENCE).toMatchObject({ endReason: 'left', address: '127.0.0.1' });
    const session = await last();
    expect(session?.bytesIn).toBeGreaterThan(50_000);
    expect(session?.bytesOut).toBeGreaterThan(50_000);
    expect(session?.certificateUntil).not.toBeNull();
  });

  it('is refused where all sessions have to be recorded, with what can be used instead', async () => {
    await db.update(organizations).set({ recordingPolicy: { mode: 'required' } });
    const { exitCode, err } = await stage.ssh([stage.host, 'true']);
    await db.update(organizations).set({ recordingPolicy: null });

    expect(exitCode).toBe(255);
    expect(err).toContain('All sessions are recorded here');
    expect(err).toContain('spt-flow terminal');
  });

  it('is use by what is carried, not by being open', async () => {
    await stage.ssh([stage.host, 'true']);
    expect(stage.state.uses).toEqual([]);

    await stage.ssh([stage.host, 'cat > /dev/null'], { input: 'x'.repeat(100_000) });

    expect(new Set(stage.state.uses)).toEqual(new Set(['ssh']));
  });
});

describe('files', () => {
  it('go both ways with scp, sftp and rsync', async () => {
    const { config, folder, host } = stage;
    const bytes = randomBytes(2_000_000);
    const here = path.join(folder, 'here.bin');
    await writeFile(here, bytes);

    const up = await stage.program(['scp', '-F', config, here, `${host}:${inProject('up.bin')}`]);
    expect(up).toMatchObject({ exitCode: 0, err: '' });
    const down = path.join(folder, 'down.bin');
    const sftp = await stage.program(['sftp', '-F', config, '-b', '-', host], {
      input: `get ${inProject('up.bin')} ${down}\n`,
    });
    expect(sftp.exitCode).toBe(0);
    const synced = path.join(folder, 'synced/');
    const rsync = await stage.program([
      ...['rsync', '-a', '-e', `ssh -F ${config}`],
      ...[`${host}:${inProject('up.bin')}`, synced],
    ]);
    expect(rsync).toMatchObject({ exitCode: 0, err: '' });

    for (const file of [inProject('up.bin'), down, path.join(synced, 'up.bin')])
      expect((await readFile(file)).equals(bytes)).toBe(true);
  });
});

describe('forwarding', () => {
  let app: ReturnType<typeof createServer>;
  let appPort: number;
  beforeEach(async () => {
    app = createServer((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nfrom there'));
    app.listen(0, '127.0.0.1');
    await once(app, 'listening');
    appPort = (app.address() as AddressInfo).port;
  });
  afterEach(() => app.close());

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    return port;
  }

  it('leads ports there, here, and wherever a SOCKS client wants', async () => {
    const [local, remote, dynamic] = [await freePort(), await freePort(), await freePort()];
    const held = await holdOpen([
      ...['-L', `${local}:127.0.0.1:${appPort}`, '-R', `${remote}:127.0.0.1:${appPort}`],
      ...['-D', String(dynamic)],
    ]);
    const curl = (...args: string[]) => stage.program(['curl', '-sS', ...args]);

    expect(await curl(`http://127.0.0.1:${local}`)).toMatchObject({ out: 'from there' });
    expect(await curl(`http://127.0.0.1:${remote}`)).toMatchObject({ out: 'from there' });
    expect(
      await curl('--socks5', `127.0.0.1:${dynamic}`, `http://127.0.0.1:${appPort}`),
    ).toMatchObject({ out: 'from there' });
    held.child.kill();
    await held.closed;
  });

  it('lends the keys of the person only when asked', async () => {
    const socket = path.join(stage.folder, 'own-agent');
    const agent = stage.start(['ssh-agent', '-D', '-a', socket]);
    const key = path.join(stage.folder, 'own-key');
    await stage.program(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'ada', '-f', key]);
    const env = { SSH_AUTH_SOCK: socket };
    await expect
      .poll(async () => (await stage.program(['ssh-add', key], { env })).exitCode, PATIENCE)
      .toBe(0);
    const publicKey = (await readFile(`${key}.pub`, 'utf8')).trim();

    const lent = await stage.ssh(['-A', stage.host, 'ssh-add -L'], { env });
    const kept = await stage.ssh([stage.host, 'ssh-add -L'], { env });

    expect(lent.out).toContain(publicKey);
    expect(kept.out).not.toContain(publicKey);
    agent.kill();
    await once(agent, 'close');
  });
});

describe('with authorities in Vault', () => {
  let authorities: Awaited<ReturnType<typeof startVaultAuthorities>>;
  beforeAll(async () => {
    authorities = await startVaultAuthorities();
    const { certificates } = stage.state;
    stage.state.certificates = authorities.certificates;
    await stage.trust(await authorities.certificates.hostAuthority());
    return async () => {
      stage.state.certificates = certificates;
      await stage.trust(await certificates.hostAuthority());
      await authorities.close();
    };
  }, VAULT_TIMEOUT_MS);

  it('people and workspaces are certified there, for minutes', async () => {
    expect(await stage.ssh([stage.host, 'echo', 'here'])).toMatchObject({ out: 'here\n', err: '' });

    const [session] = await db.select().from(sessions).orderBy(desc(sessions.startedAt)).limit(1);
    const minutes = (Number(session?.certificateUntil) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(0);
    expect(minutes).toBeLessThan(5.1);
    expect(authorities.vault.calls).toContain('POST /v1/ssh-hosts/sign/spt-flow');
  });

  it('ssh says what is wrong in Vault, and works again when that is mended', async () => {
    const { vault } = authorities;
    const role = await vault.read('ssh-users/roles/spt-flow');
    await vault.write('ssh-users/roles/spt-flow', { ...role.data, allow_user_key_ids: false });
    const refused = await stage.ssh([stage.host, 'true']);
    await vault.write('ssh-users/roles/spt-flow', role.data ?? {});
    await vault.seal();
    const sealed = await stage.ssh([stage.host, 'true']);
    await vault.unseal();

    expect(refused).toMatchObject({ exitCode: 255, err: expect.stringContaining('key_id') });
    expect(sealed.err).toContain('Vault is sealed: somebody has to unseal it');
    expect(sealed.err).toContain('spt-flow terminal');
    await expect
      .poll(async () => (await stage.ssh([stage.host, 'true'])).exitCode, PATIENCE)
      .toBe(0);
  });
});

describe('when something breaks', () => {
  it('a connection that is cut ends ssh, and what it started is found again', async () => {
    const held = await holdOpen();
    await stage.ssh([stage.host, 'setsid sleep 1001 > /dev/null 2>&1 & echo $! > pid']);

    stage.cut();

    expect(await held.closed).toEqual([255, null]);
    const alive = await stage.ssh([
      stage.host,
      'kill -0 $(cat pid) && echo alive; kill $(cat pid)',
    ]);
    expect(alive.out).toBe('alive\n');
    expect(await leftSockets()).toEqual([]);
  });

  it('the agent is killed: sessions end, and the next agent serves the same host', async () => {
    const held = await holdOpen();

    await stage.live.endAgent('SIGKILL');
    expect((await held.closed)[0]).toBe(255);
    await stage.live.startAgent();

    expect(await stage.ssh([stage.host, 'echo', 'again'])).toMatchObject({ out: 'again\n' });
  });

  it('rights that are narrowed end the session', async () => {
    const held = await holdOpen();

    stage.state.principal = { ...stage.live.tenant.principal, scope: 'read' };
    stage.rightsChanged();

    expect((await held.closed)[0]).toBe(255);
    expect((await stage.ssh([stage.host, 'true'])).err).toContain('Your role does not permit this');
  });

  it('a workspace that was stopped is not started by a program that comes back', async () => {
    stage.state.desiredState = 'stopped';

    const { err, exitCode } = await stage.ssh([stage.host, 'true']);

    expect(exitCode).toBe(255);
    expect(err).toContain('The workspace is stopped');
    expect(err).toContain('spt-flow start');
  });
});

describe('strangers', () => {
  it.each(['nobody', 'another tenant'])('%s is refused', async (who) => {
    stage.state.principal = who === 'nobody' ? undefined : (await seedTenant(db)).principal;

    const { err, exitCode } = await stage.ssh([stage.host, 'true']);

    expect(exitCode).toBe(255);
    expect(err).toMatch(who === 'nobody' ? /not signed in/ : /no workspace|Not found/i);
  });

  it.each(['x$(touch pwned).spt-flow', 'a b.spt-flow', '..', `${'a'.repeat(300)}.spt-flow`, 'ü'])(
    'a host named %j reaches nothing',
    async (name) => {
      const { exitCode } = await stage.ssh([name, 'true']);

      expect(exitCode).toBe(255);
      expect(await readdir(stage.folder)).not.toContain('pwned');
    },
  );

  it('another account is named instead of tried', async () => {
    const { err, exitCode } = await stage.ssh(['-l', 'mallory', stage.host, 'true']);

    expect(exitCode).toBe(255);
    expect(err).toContain("The account of the workspace is '");
  });
});
