import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { auditLog, replicas, sessions } from '@spt-flow/db/schema';
import { createTestSessions } from '../support/sessions.ts';
import { seedTenant } from '../workspaces/seed.ts';
import { useSessionStage } from './session-stage.ts';

const stage = useSessionStage();

describe('a session', () => {
  it('is listed from its start to its end: who, where, from where, how much, why it is over', async () => {
    const client = stage.open({ command: 'cat' });
    await client.ready();
    const { workspace, tenant } = stage.live;
    expect(await stage.newest('state=open')).toMatchObject({
      ...{ userId: tenant.userId, userName: 'Dana Developer', byToken: false, kind: 'terminal' },
      ...{ workspaceId: workspace.id, workspaceName: workspace.name, address: '127.0.0.1' },
      ...{ endedAt: null, endReason: null, recording: { state: 'none', bytes: 0 } },
    });

    client.type('hello\r');
    await client.shows('hello');
    await stage.here.see();
    expect(await stage.newest('state=open')).toMatchObject({ bytesIn: 6 });
    client.type('\x04');
    await client.exited();

    await expect.poll(() => stage.list('state=open'), stage.PATIENCE).toEqual([]);
    const over = await stage.newest();
    expect(over).toMatchObject({ endReason: 'exited', bytesIn: 7 });
    expect(over?.bytesOut).toBeGreaterThan(6);
    expect(over?.endedAt).not.toBeNull();
  });

  it('of a client that goes is over, and a command is one too', async () => {
    const command = stage.open({ tty: 'false', command: 'cat' });
    await command.ready();
    command.socket.terminate();

    await expect
      .poll(() => stage.newest('kind=command'), stage.PATIENCE)
      .toMatchObject({ kind: 'command', endReason: 'left' });
  });

  it('is ended by an admin who asks another replica, who is told what goes on', async () => {
    const client = stage.open({ command: 'cat' });
    await client.ready();
    const [session] = await stage.list('state=open');

    const answer = await stage.ask('POST', `/sessions/${session?.id}/end`, { as: stage.admin });

    expect(answer.json().data).toMatchObject({
      isOver: true,
      session: { endReason: 'ended', endedBy: 'Ada Admin' },
      stillAlive: [{ what: 'terminal' }, { what: 'sign-in' }],
    });
    await client.closed;
    expect(client.last('error')).toMatchObject({ code: 'session_ended' });
    const entries = await stage.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.action, 'session.end'));
    expect(entries.at(-1)).toMatchObject({ target: `session:${session?.id}` });
  });

  it('that was to end while a notice was missed ends when all are looked through', async () => {
    const client = stage.open({ command: 'cat' });
    await client.ready();
    const [session] = await stage.list('state=open');
    await stage.db
      .update(sessions)
      .set({ endedBy: 'Ada Admin' })
      .where(eq(sessions.id, session?.id ?? ''));

    stage.here.checkAll();

    await client.closed;
    await expect.poll(() => stage.newest(), stage.PATIENCE).toMatchObject({ endReason: 'ended' });
  });

  it('ends when the right to it does', async () => {
    const client = stage.open({ command: 'cat' });
    await client.ready();

    stage.become(undefined);

    await client.closed;
    await expect.poll(() => stage.newest(), stage.PATIENCE).toMatchObject({ endReason: 'revoked' });
  });

  it('does not exist for other people and organizations, and who only reads ends none', async () => {
    const client = stage.open({ command: 'cat' });
    await client.ready();
    const [session] = await stage.list('state=open');
    const path = `/sessions/${session?.id}`;
    const { principal } = stage.live.tenant;
    const colleague = { ...principal, userId: stage.admin.userId };
    const stranger = {
      ...(await seedTenant(stage.db)).principal,
      ...{ scope: 'admin' as const, role: 'admin' as const },
    };

    for (const as of [colleague, stranger]) {
      expect(await stage.list('', as)).toEqual([]);
      expect((await stage.ask('GET', path, { as })).statusCode).toBe(404);
      expect((await stage.ask('GET', `${path}/recording`, { as })).statusCode).toBe(404);
      expect((await stage.ask('POST', `${path}/end`, { as })).statusCode).toBe(404);
    }
    const reader = { ...principal, scope: 'read' as const };
    expect((await stage.ask('POST', `${path}/end`, { as: reader })).statusCode).toBe(403);
    const developer = { as: principal, body: { mode: 'off' } };
    expect((await stage.ask('PATCH', '/recording-policy', developer)).statusCode).toBe(403);
    expect(await stage.list('state=open')).toHaveLength(1);
    client.socket.terminate();
    await expect.poll(() => stage.list('state=open'), stage.PATIENCE).toEqual([]);
  });

  it('of a replica that is gone is lost, not open; the next one notes its end', async () => {
    const dead = await createTestSessions(stage.db);
    const session = await dead.open({
      ...{ principal: stage.live.tenant.principal, workspaceId: stage.live.workspace.id },
      ...{ kind: 'ssh', address: '::1', correlationId: 'killed' },
      end: () => undefined,
    });
    expect(await stage.newest('state=open')).toMatchObject({ id: session.id });

    await stage.db.delete(replicas).where(eq(replicas.id, dead.replicaId));

    const lost = { id: session.id, endReason: 'lost' };
    expect(await stage.list('state=open')).toEqual([]);
    expect(await stage.newest('state=over')).toMatchObject(lost);
    await stage.here.endLost();
    const [row] = await stage.db.select().from(sessions).where(eq(sessions.id, session.id));
    expect(row).toMatchObject(lost);
    expect(row?.endedAt).toEqual(row?.seenAt);
    const entries = stage.db.select().from(auditLog);
    expect(await entries.where(eq(auditLog.target, `session:${session.id}`))).toMatchObject([
      { action: 'session.lose', principal: 'system', correlationId: 'killed' },
    ]);
  });

  it('is stopped when spt-flow is', async () => {
    const stopped = await createTestSessions(stage.db);
    const { id } = await stopped.open({
      ...{ principal: stage.live.tenant.principal, workspaceId: stage.live.workspace.id },
      ...{ kind: 'port-forward', address: '::1', correlationId: 'stopped' },
      end: () => undefined,
    });

    await stopped.close();

    expect(await stage.newest()).toMatchObject({ id, endReason: 'stopped' });
  });
});
