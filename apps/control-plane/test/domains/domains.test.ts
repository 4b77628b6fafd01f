import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditLog, projects } from '@spt-flow/db/schema';
import type { CustomDomain } from '@spt-flow/shared/api/domains';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedProject, seedTenant } from '../workspaces/seed.ts';
import {
  enterRecords,
  openDomainsStage,
  OWN_ADDRESS,
  type DomainsStage,
  type Owner,
} from './domains-stage.ts';

const DAY_MS = 24 * 3_600_000;
const newDatabase = useDatabases();
let db: TestDatabase['db'];
let stage: DomainsStage;
let ada: Owner;
let bob: Owner;
let count = 0;
let name: string;

beforeAll(async () => {
  ({ db } = await newDatabase());
  stage = await openDomainsStage(db);
});
beforeEach(async () => {
  stage.moveTo(0);
  stage.dns.silence('none');
  [ada, bob] = [await stage.owner(), await stage.owner()];
  name = `shop${(count += 1)}.example.org`;
});
afterAll(async () => {
  await stage.close();
  expect(stage.failures).toEqual([]);
});

function add(owner: Owner, typed = name) {
  return stage.call('POST', { owner, name: typed });
}

function check(owner: Owner) {
  return stage.call('POST', { owner, path: `/${name}/check` });
}

function served() {
  return stage.domains.served.slugOf(name);
}

/** A domain that is the owner's, leads here and answers. */
async function own(owner: Owner): Promise<CustomDomain> {
  enterRecords(stage, (await add(owner)).data);
  return (await check(owner)).data;
}

async function slugOf({ projectId }: Owner) {
  const [project] = await db.select().from(projects).where(eq(projects.id, projectId));
  return project?.slug;
}

describe('a domain', () => {
  it('is claimed, proven and led here, with the exact records to enter', async () => {
    const claimed = await add(ada, `${name.toUpperCase()}.`);

    expect(claimed.status).toBe(201);
    expect(claimed.data).toMatchObject({
      ...{ name, state: 'pending', url: `https://${name}` },
      next: expect.stringContaining('Enter the TXT record'),
      proof: {
        ...{ type: 'TXT', name: `_spt-flow.${name}` },
        value: expect.stringMatching(/^spt-flow-verification=[0-9a-f]{32}$/),
      },
      targets: [
        { type: 'CNAME', name, value: 'flow.example.net' },
        { type: 'A', name, value: OWN_ADDRESS },
      ],
    });
    expect(await served()).toBeUndefined();

    enterRecords(stage, claimed.data, { leadsHere: false });
    expect((await check(ada)).data).toMatchObject({
      ...{ state: 'verified', expiresAt: null, found: expect.stringContaining('leads nowhere') },
    });
    expect(await served()).toBe(await slugOf(ada));

    stage.dns.records.set(name, [{ type: 'A', name, data: '198.51.100.9' }]);
    expect((await check(ada)).data.found).toContain('another address');

    stage.dns.records.set(name, [{ type: 'A', name, data: OWN_ADDRESS }]);
    expect((await check(ada)).data).toMatchObject({
      ...{ state: 'active', isAppPublic: false, next: expect.stringContaining('Share the app') },
    });
    expect(await audited(ada)).toEqual(['domain.activate', 'domain.add', 'domain.verify']);
    expect(stage.served.filter((id) => id === ada.organizationId)).toHaveLength(1);
  });

  it('is looked at again by itself, and given up without a proof', async () => {
    const { data } = await add(ada);
    enterRecords(stage, data);
    await stage.domains.keep();
    expect(await states(ada)).toEqual(['pending']);

    stage.moveTo(5 * 60_000);
    await stage.domains.keep();
    expect(await states(ada)).toEqual(['active']);

    await add(bob, `other.${name}`);
    stage.moveTo(8 * DAY_MS);
    await stage.domains.keep();
    expect(await states(bob)).toEqual([]);
    expect(await states(ada)).toEqual(['active']);
  });

  it('keeps answering while the DNS does not, and for days after its proof is gone', async () => {
    const { proof } = await own(ada);
    stage.dns.silence('refuses');
    expect((await check(ada)).data).toMatchObject({
      ...{ state: 'active', found: expect.stringContaining('did not answer') },
    });

    stage.dns.silence('none');
    stage.dns.records.delete(proof.name);
    expect((await check(ada)).data).toMatchObject({
      ...{ state: 'failing', found: expect.stringContaining('still answers until') },
    });
    expect(await served()).toBe(await slugOf(ada));

    stage.moveTo(4 * DAY_MS);
    await stage.domains.keep();
    expect(await states(ada)).toEqual(['pending']);
    expect(await served()).toBeUndefined();
  });

  it.each(['flow.example.net', 'gitlab.flow.example.net', 'shop.apps.example.net', '127.0.0.1'])(
    '%s is never a customer’s',
    async (own) => {
      const { status, error } = await add(ada, own);

      expect([status, error?.code]).toEqual([422, 'domain_refused']);
    },
  );
});

describe('whose a domain is', () => {
  it('is for its DNS to say: claims of others are in nobody’s way', async () => {
    await add(bob);
    expect(await own(ada)).toMatchObject({ state: 'active' });
    expect((await check(bob)).data.state).toBe('pending');
    expect(await served()).toBe(await slugOf(ada));
  });

  it('stays as it is while its proof stands, also where somebody else has one', async () => {
    await own(ada);
    enterRecords(stage, (await add(bob)).data);

    expect((await check(bob)).data).toMatchObject({
      ...{ state: 'pending', found: expect.stringContaining('another organization') },
    });
    expect(await states(ada)).toEqual(['active']);
  });

  it('changes at once when the DNS says so, and never by the old records that still lead here', async () => {
    const { proof } = await own(ada);
    await stage.call('DELETE', { owner: ada, path: `/${name}` });
    expect(await served()).toBeUndefined();
    expect((await add(bob)).data.state).toBe('pending');
    expect(await served()).toBeUndefined();

    await add(ada);
    expect(await served()).toBe(await slugOf(ada));
    stage.dns.records.delete(proof.name);
    enterRecords(stage, (await add(bob)).data);
    expect((await check(bob)).data.state).toBe('active');
    expect(await states(ada)).toEqual(['pending']);
    expect(await served()).toBe(await slugOf(bob));
    expect(await audited(ada)).toContain('domain.lapse');
  });

  it('is decided once when both ask at the same time', async () => {
    for (const owner of [ada, bob]) enterRecords(stage, (await add(owner)).data);

    const both = await Promise.all([check(ada), check(bob)]);

    expect(both.map(({ data }) => data.state).toSorted()).toEqual(['active', 'pending']);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe('strangers', () => {
  it('neither see, check nor remove what is another organization’s', async () => {
    await own(ada);
    const asBob = { ...ada, principal: bob.principal };

    expect((await stage.list(asBob)).status).toBe(404);
    expect((await add(asBob)).status).toBe(404);
    expect((await check(asBob)).status).toBe(404);
    expect((await check(bob)).status).toBe(404);
    expect((await stage.call('DELETE', { owner: asBob, path: `/${name}` })).status).toBe(404);
    expect(await states(ada)).toEqual(['active']);
  });

  it('in the organization may look; who made the project and admins decide', async () => {
    await own(ada);
    const { userId } = await seedTenant(db);
    const colleague = { ...ada, principal: { ...ada.principal, userId } };
    const rights = { role: 'admin', scope: 'admin' } as const;
    const admin = { ...ada, principal: { ...colleague.principal, ...rights } };

    expect((await stage.list(colleague)).status).toBe(200);
    expect((await check(colleague)).error?.code).toBe('not_permitted');
    expect((await check(admin)).status).toBe(200);
  });

  it('of the same organization find it taken by another project, until that is deleted', async () => {
    await own(ada);
    const other = { ...ada, projectId: await seedProject(db, ada) };

    expect((await add(other)).error?.code).toBe('domain_taken');
    await db.update(projects).set({ status: 'archived' }).where(eq(projects.id, ada.projectId));
    expect((await add(other)).data.state).toBe('active');
  });
});

async function states(owner: Owner): Promise<string[]> {
  const { data } = await stage.list(owner);
  return data.items.map(({ state }) => state);
}

async function audited({ organizationId }: Owner): Promise<string[]> {
  const rows = await db
    .select({ action: auditLog.action })
    .from(auditLog)
    .where(eq(auditLog.organizationId, organizationId));
  return rows.map(({ action }) => action).toSorted();
}
