import { and, asc, eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { recordingChunks, sessions } from '@spt-flow/db/schema';
import { marks, shown, useSessionStage } from './session-stage.ts';

const stage = useSessionStage();

/** Runs a command in a terminal to its end, and returns the session. */
async function record(command: string, query: Record<string, string> = {}) {
  const client = stage.open({ command, ...query });
  await client.exited();
  await expect.poll(() => stage.list('state=open'), stage.PATIENCE).toEqual([]);
  const session = await stage.newest();
  if (!session) throw new Error('there is no session');
  return { client, session };
}

function chunksOf(sessionId: string) {
  return stage.db
    .select()
    .from(recordingChunks)
    .where(eq(recordingChunks.sessionId, sessionId))
    .orderBy(asc(recordingChunks.sequence));
}

describe('a recording', () => {
  it('is not made unless the organization wants it', async () => {
    const { client, session } = await record('echo hello');

    expect(client.last('recording')).toBeUndefined();
    expect(session.recording).toMatchObject({ state: 'none' });
    expect(await chunksOf(session.id)).toEqual([]);
    expect((await stage.ask('GET', `/sessions/${session.id}/recording`)).statusCode).toBe(404);
  });

  it('has what was shown, not what was typed; who uses the terminal is told first', async () => {
    await stage.setPolicy({ mode: 'on' });
    const client = stage.open({
      cols: '100',
      rows: '30',
      command:
        'stty -echo; echo go; read -r x; printf "\\033]52;c;eA==\\007gr\\303\\266\\303\\237e"',
    });
    await client.shows('go');
    client.type('my-secret\r');
    await client.exited();

    expect(client.messages[0]).toEqual({ type: 'recording', isRecorded: true });
    await expect
      .poll(() => stage.newest(), stage.PATIENCE)
      .toMatchObject({
        recording: { state: 'whole' },
      });
    const { id = '' } = (await stage.newest()) ?? {};
    const cast = await stage.cast(id);
    expect(cast.head).toMatchObject({ version: 2, width: 100, height: 30 });
    expect(shown(cast)).toBe('go\r\ngröße');
    expect(marks(cast)).toEqual([]);
    const stored = Buffer.concat((await chunksOf(id)).map(({ frames }) => frames)).toString();
    expect(stored).not.toContain('my-secret');
    const last = (await stage.cast(id, '3')).events.at(-1);
    expect(last?.slice(1)).toEqual(['x', '0']);
  });

  it('is made of commands in pipes too', async () => {
    await stage.setPolicy({ mode: 'on' });

    const { session } = await record('echo out; echo err >&2', { tty: 'false' });

    expect(shown(await stage.cast(session.id))).toContain('out\r\n');
    expect(shown(await stage.cast(session.id))).toContain('err\r\n');
  });

  it('that was changed, or lost a piece, says where, and shows the rest; others are as they were', async () => {
    await stage.setPolicy({ mode: 'on' });
    const flood = 'head -c 80000 /dev/zero | tr "\\\\0" a; head -c 80000 /dev/zero | tr "\\\\0" b';
    const [changed, cut] = [await record(flood), await record(flood)];
    const whole = await record('echo unharmed');
    const piece = (id: string, sequence: number) =>
      and(eq(recordingChunks.sessionId, id), eq(recordingChunks.sequence, sequence));
    const chunks = await chunksOf(cut.session.id);
    expect(chunks.length).toBeGreaterThan(2);

    await stage.db
      .update(recordingChunks)
      .set({ frames: sql`decode('ffffffffffffffffffffff', 'hex')` })
      .where(piece(changed.session.id, 1));
    await stage.db.delete(recordingChunks).where(piece(cut.session.id, 1));

    const damaged = await stage.cast(changed.session.id);
    expect(marks(damaged)).toEqual([
      'Damaged: this piece is not as it was recorded',
      'Damaged: a piece cannot be read',
    ]);
    expect(shown(damaged)).toContain('bbbb');
    expect(marks(await stage.cast(cut.session.id))).toEqual(['Damaged: 1 piece is missing']);
    const last = chunks.at(-1)?.sequence ?? 0;
    await stage.db.delete(recordingChunks).where(piece(cut.session.id, last));
    expect(marks(await stage.cast(cut.session.id))).toContain('Damaged: the end is missing');
    expect(marks(await stage.cast(whole.session.id))).toEqual([]);
  });

  it('that can not be stored: the session goes on, and says so', async () => {
    await stage.setPolicy({ mode: 'on' });
    const client = stage.open({ command: 'cat' });
    await client.ready();
    await stage.breakStorage();

    client.type('one\r');

    await expect
      .poll(() => client.last('recording'), stage.PATIENCE)
      .toEqual({
        ...{ type: 'recording', isRecorded: false },
      });
    client.type('two\r\x04');
    await client.shows('two');
    await client.exited();
    await expect
      .poll(() => stage.newest(), stage.PATIENCE)
      .toMatchObject({
        ...{ endReason: 'exited', recording: { state: 'partial' } },
      });
    expect(stage.errors.splice(0)).toHaveLength(1);
  });

  it('that can not be stored and has to be: no session, and the one that runs ends', async () => {
    await stage.setPolicy({ mode: 'required' });
    const running = stage.open({ command: 'cat' });
    await running.ready();
    await stage.breakStorage();
    running.type('one\r');
    await running.closed;
    const refused = stage.open({ command: 'cat' });
    await refused.closed;

    for (const client of [running, refused])
      expect(client.last('error')).toMatchObject({ code: 'recording_unavailable' });
    expect(refused.last('ready')).toBeUndefined();
    await expect
      .poll(async () => (await stage.list()).slice(0, 2), stage.PATIENCE)
      .toMatchObject([{ endReason: 'unrecorded' }, { endReason: 'unrecorded' }]);
    expect(stage.errors.splice(0)).toHaveLength(2);
  });

  it('of a session that was lost ends where it was', async () => {
    await stage.setPolicy({ mode: 'on' });
    const { session } = await record('echo before');
    await stage.db
      .update(sessions)
      .set({ ...{ endedAt: null, endReason: null, replicaId: null }, recording: 'running' })
      .where(eq(sessions.id, session.id));

    await stage.here.endLost();

    expect(await stage.newest()).toMatchObject({
      ...{ endReason: 'lost', recording: { state: 'partial' } },
    });
    expect(shown(await stage.cast(session.id))).toBe('before\r\n');
  });

  it('is removed when all are too much, or when it is too old, and says so', async () => {
    await stage.setPolicy({ mode: 'on', keepDays: 2 });
    const old = await record('echo old');
    const flood = 'head -c 400000 /dev/zero | tr "\\\\0" a';
    const large = await record(flood);
    const larger = await record(flood);
    await stage.db
      .update(sessions)
      .set({ endedAt: new Date(Date.now() - 3 * 86_400_000), recording: 'whole' })
      .where(eq(sessions.id, old.session.id));

    await stage.here.removeAged();

    const get = async (id: string) => (await stage.list()).find((session) => session.id === id);
    expect(await get(larger.session.id)).toMatchObject({ recording: { state: 'whole' } });
    expect(await get(large.session.id)).toMatchObject({
      recording: { state: 'removed', removedFor: 'size' },
    });
    expect(await get(old.session.id)).toMatchObject({
      recording: { state: 'removed', removedFor: 'age' },
    });
    expect(await chunksOf(large.session.id)).toEqual([]);
    expect(await chunksOf(old.session.id)).toEqual([]);
  });
});

describe('the policy of an organization', () => {
  it('is told to all and changed by admins, with what is used', async () => {
    const body = { mode: 'required', keepDays: 7 };
    const changed = await stage.ask('PATCH', '/recording-policy', { as: stage.admin, body });
    const seen = await stage.ask('GET', '/recording-policy');

    expect(changed.json().data).toMatchObject({ ...body, isDefaultKeepDays: false });
    expect(seen.json().data).toEqual(changed.json().data);
    const again = await stage.ask('PATCH', '/recording-policy', {
      as: stage.admin,
      body: { keepDays: null },
    });
    expect(again.json().data).toMatchObject({ mode: 'required', keepDays: 30 });
  });
});
