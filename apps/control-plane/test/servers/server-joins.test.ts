import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditLog, serverJoins } from '@spt-flow/db/schema';
import { StartedJoinSchema } from '@spt-flow/shared/agent-protocol/server-join';
import { serverRoutes } from '@spt-flow/shared/api/servers';
import { hashJoinToken } from '@spt-flow/tunnel/handshake/crypto';
import { joinAgent, newTestAgent } from '../agents/test-agent.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { withoutAudit } from '../support/refused-audit.ts';
import { seedProject, seedTenant, type Tenant } from '../workspaces/seed.ts';
import { startServersStage, type ServersStage } from './servers-stage.ts';

const newDatabase = useDatabases();
let database: TestDatabase;
let stage: ServersStage;
let tenant: Tenant;

beforeAll(async () => {
  database = await newDatabase();
  stage = await startServersStage(database);
  await stage.machines.workspaces.boot();
});
afterAll(() => stage.close());
beforeEach(async () => {
  tenant = await seedTenant(database.db);
  stage.time.offsetMs = 0;
});

/** A machine as it asks: its key and its token stay with it. */
function newGuest() {
  const agent = newTestAgent();
  const token = `sptf_join_${randomBytes(32).toString('base64url')}`;
  return {
    ...{ agent, token },
    body: {
      machineName: 'db-7.example',
      machineFingerprint: agent.machine.machineFingerprint,
      keyId: agent.key.keyId,
      tokenHash: hashJoinToken(token),
      platform: 'linux-x64',
      agentVersion: '0.1.0',
    },
  };
}

async function ask(guest = newGuest(), from = '192.0.2.9') {
  const answer = await stage.call('POST', '/server-joins', { body: guest.body, from });
  expect(answer).toMatchObject({ status: 201 });
  return { guest, ...serverRoutes.startJoin.response.parse(answer.data) };
}

function poll(deviceCode: string) {
  return stage.call('POST', '/server-joins/result', { body: { deviceCode } });
}

/** As long as the machine was told to wait. */
function pollInTime(deviceCode: string, seconds = 2) {
  stage.time.offsetMs += seconds * 1000;
  return poll(deviceCode);
}

function approve(userCode: string, body: object = { name: 'db-7' }, as = tenant.principal) {
  return stage.call('POST', `/server-joins/${userCode}/approval`, { as, body });
}

describe('a machine that asks to join', () => {
  it('is shown to a person with all that tells it from others, approved, and joins with its own key and token', async () => {
    const { guest, deviceCode, userCode, verificationUrl, serverKey } = await ask();
    expect(verificationUrl).toContain(`/servers/join?code=${userCode}`);
    expect(serverKey).toBe(stage.machines.agentsServer.serverKey);
    expect(await pollInTime(deviceCode)).toMatchObject({ status: 428, code: 'join_pending' });

    const shown = await stage.call('GET', `/server-joins/${userCode}`, { as: tenant.principal });
    const { tokenHash: _, ...machine } = guest.body;
    expect(shown.data).toMatchObject({ ...machine, address: '192.0.2.9', serverKey });

    expect(await approve(userCode)).toMatchObject({
      status: 200,
      data: { name: 'db-7', provider: 'server' },
    });
    const result = await pollInTime(deviceCode);
    expect(result).toMatchObject({ status: 200, data: { name: 'db-7' } });
    const { workspaceId } = serverRoutes.pollJoin.response.parse(result.data);
    const tunnel = await joinAgent(stage.machines.agentsServer, guest.agent, guest);
    expect(guest.agent.state?.workspaceId).toBe(workspaceId);
    tunnel.close('bye');
    const entries = await database.db.select().from(auditLog);
    expect(entries.find(({ action }) => action === 'server-join.approve')).toMatchObject({
      principal: `user:${tenant.userId}`,
      detail: { machineName: 'db-7.example', keyId: guest.agent.key.keyId, address: '192.0.2.9' },
    });
  });

  it('gets answers that agents of this version understand', async () => {
    const { guest: _, ...started } = await ask();

    expect(StartedJoinSchema.parse(started)).toEqual(started);
  });

  it('may not join with another key, or before it was approved', async () => {
    const { guest, userCode } = await ask();
    const refused = { code: 'token_invalid' };
    await expect(joinAgent(stage.machines.agentsServer, guest.agent, guest)).rejects.toMatchObject(
      refused,
    );

    await approve(userCode);

    const thief = newTestAgent();
    await expect(
      joinAgent(stage.machines.agentsServer, thief, { token: guest.token }),
    ).rejects.toMatchObject(refused);
  });

  it('is told to slow down when it asks too often, and has to wait longer from then on', async () => {
    const { deviceCode } = await ask();

    expect(await poll(deviceCode)).toMatchObject({ status: 429, code: 'slow_down' });
    expect(await pollInTime(deviceCode, 2)).toMatchObject({ code: 'slow_down' });
    expect(await pollInTime(deviceCode, 11)).toMatchObject({ code: 'slow_down' });
    expect(await pollInTime(deviceCode, 17)).toMatchObject({ code: 'join_pending' });
  });

  it('is told when it was denied, and when it took too long', async () => {
    const [denied, late] = [await ask(), await ask()];
    const denial = `/server-joins/${denied.userCode}/denial`;
    expect(await stage.call('POST', denial, { as: tenant.principal })).toMatchObject({
      status: 200,
    });

    expect(await pollInTime(denied.deviceCode)).toMatchObject({ status: 403, code: 'join_denied' });
    stage.time.offsetMs += 600_000;
    expect(await poll(late.deviceCode)).toMatchObject({ status: 410, code: 'join_expired' });
    expect(await approve(late.userCode)).toMatchObject({ status: 404 });
    expect(await poll('sptf_device_that_nobody_made')).toMatchObject({ code: 'join_expired' });
  });

  it('stores neither its device code nor its token', async () => {
    const { guest, deviceCode } = await ask();

    const stored = JSON.stringify(await database.db.select().from(serverJoins));

    expect([deviceCode, guest.token].filter((secret) => stored.includes(secret))).toEqual([]);
  });
});

describe('an approval', () => {
  it('is given once, whatever it was', async () => {
    const { userCode } = await ask();

    const answers = await Promise.all([approve(userCode, { name: 'a' }), approve(userCode)]);

    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404]);
    const denial = `/server-joins/${userCode}/denial`;
    expect(await stage.call('POST', denial, { as: tenant.principal })).toMatchObject({
      status: 404,
    });
  });

  it('gives a project one machine, whoever asks at the same time', async () => {
    const projectId = await seedProject(database.db, tenant);
    const codes = [await ask(), await ask()].map(({ userCode }) => userCode);

    const answers = await Promise.all(
      codes.map((code, index) => approve(code, { name: `db-${index}`, project: projectId })),
    );

    expect(answers.map(({ code }) => code)).toEqual(
      expect.arrayContaining([undefined, 'limit_reached']),
    );
  });

  it('that can’t be written down is not given', async () => {
    const { userCode } = await ask();

    expect(await withoutAudit(database.db, () => approve(userCode))).toMatchObject({ status: 500 });

    expect(await approve(userCode)).toMatchObject({ status: 200 });
  });

  it('that cannot be carried out may be given again under another name', async () => {
    const [first, second] = [await ask(), await ask()];
    await approve(first.userCode, { name: 'taken' });

    expect(await approve(second.userCode, { name: 'taken' })).toMatchObject({
      code: 'name_taken',
    });
    expect(await approve(second.userCode, { name: 'free' })).toMatchObject({ status: 200 });
  });

  it('is not given by readers, nor for projects of others', async () => {
    const { userCode } = await ask();
    const reader = await stage.colleagueOf(tenant, 'read');
    const writer = await stage.colleagueOf(tenant, 'write');
    const project = await seedProject(database.db, tenant);
    const theirs = await seedProject(database.db, await seedTenant(database.db));

    expect(await approve(userCode, { name: 'x' }, reader)).toMatchObject({ status: 403 });
    expect(await approve(userCode, { name: 'x', project }, writer)).toMatchObject({ status: 403 });
    expect(await approve(userCode, { name: 'x', project: theirs })).toMatchObject({ status: 404 });
    expect(await approve(userCode, { name: 'x', project })).toMatchObject({ status: 200 });
  });

  it('can not be fished for: every wrong code is answered alike, and only so often', async () => {
    const { userCode } = await ask();
    await approve(userCode);
    const show = (code: string) =>
      stage.call('GET', `/server-joins/${code}`, { as: tenant.principal, from: '198.51.100.1' });

    const decided = await show(userCode);
    const guesses: Awaited<ReturnType<typeof show>>[] = [];
    for (let count = 0; count < 25; count += 1) guesses.push(await show('BBBB-BBBB'));

    expect(decided).toMatchObject({ status: 404 });
    expect(guesses[0]).toMatchObject({ status: 404, message: decided.message });
    expect(guesses.at(-1)).toMatchObject({ status: 429, code: 'rate_limited' });
  });

  it('can not be drowned: one address may ask only so often', async () => {
    const asked = await Promise.all(
      Array.from({ length: 25 }, () =>
        stage.call('POST', '/server-joins', { body: newGuest().body, from: '198.51.100.2' }),
      ),
    );

    expect(asked.filter(({ code }) => code === 'rate_limited').length).toBeGreaterThan(0);
  });
});
