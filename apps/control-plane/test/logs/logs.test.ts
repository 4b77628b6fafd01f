import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveEventSchema } from '@spt-flow/shared/api/live';
import { LogLineSchema } from '@spt-flow/shared/api/logs';
import {
  createLogLiveSource,
  createLogs,
  createLogsRepository,
  type LogOwner,
  type Logs,
} from '../../src/features/logs/index.ts';
import { LIVE_CHANNEL } from '../../src/features/live/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { KEEP_ALL_LOGS, useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import { adminOf } from '../support/open-access.ts';

const newDatabase = useDatabases();
let database: TestDatabase;
let owner: LogOwner;
let logs: Logs;
let woken: string[];
/** Of lines of one character. */
const KEEP_LINES = 2_000;
const KEEP = { ...KEEP_ALL_LOGS, maxBytes: KEEP_LINES * 101 };

beforeEach(async () => {
  database = await newDatabase();
  owner = await seedOwner();
  woken = [];
  await database.listen(
    LIVE_CHANNEL,
    (topic) => void woken.push(topic),
    () => undefined,
  );
  logs = createLogs({
    repository: createLogsRepository(database.db, KEEP),
    clock: systemClock,
  });
});

async function seedOwner(): Promise<LogOwner> {
  const tenant = await seedTenant(database.db);
  const workspace = await seedWorkspace(database.db, tenant);
  return { workspaceId: workspace.id, organizationId: tenant.organizationId };
}

const STARTED_MS = Date.now();

function minutesAgo(minutes: number): string {
  return new Date(STARTED_MS - minutes * 60_000).toISOString();
}

function line(text: string) {
  return { source: 'app', level: 'info', text } as const;
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('append', () => {
  it('keeps the order of lines that nobody waited for, also after one that failed', async () => {
    const texts = numbers(1, 100).map(String);
    const appended = texts.map((text) => logs.append(owner, [line(text)]));
    const stranger = { ...owner, organizationId: crypto.randomUUID() };
    const failed = logs.append(stranger, [line('of nobody')]);
    appended.push(logs.append(owner, [line('last')]));

    await expect(failed).rejects.toThrow();
    await Promise.all(appended);

    const kept = await logs.list(owner, { limit: 200 });
    expect(kept.map(({ text }) => text)).toEqual([...texts, 'last']);
  });

  it('numbers the lines of concurrent writers without gaps and keeps each batch together', async () => {
    const batches = numbers(1, 20).map((batch) =>
      numbers(1, 15).map((index) => line(`${batch}:${index}`)),
    );

    await Promise.all(batches.map((batch) => logs.append(owner, batch)));

    const stored = await logs.list(owner, { limit: 1_000 });
    expect(stored.map(({ seq }) => seq)).toEqual(numbers(1, 300));
    for (const start of numbers(0, 19)) {
      const batch = stored.slice(start * 15, start * 15 + 15).map(({ text }) => text.split(':'));
      expect(new Set(batch.map(([name]) => name)).size).toBe(1);
      expect(batch.map(([, index]) => Number(index))).toEqual(numbers(1, 15));
    }
  });

  it('numbers each workspace on its own', async () => {
    const other = await seedOwner();

    await logs.append(owner, [line('a'), line('b')]);
    await logs.append(other, [line('c')]);

    expect((await logs.list(other, { limit: 10 })).map(({ seq }) => seq)).toEqual([1]);
  });

  it('of many workspaces at once stays with its owner, also beside one that is refused', async () => {
    const owners = [owner, await seedOwner(), await seedOwner()];
    const gone = { ...owner, workspaceId: crypto.randomUUID() };
    const texts = numbers(1, 40).map(String);

    const appended = texts.flatMap((text) =>
      owners.map((one) => logs.append(one, [line(`${text} of ${one.workspaceId}`)])),
    );
    const refused = logs.append(gone, [line('of nobody')]);
    appended.push(...owners.map((one) => logs.append(one, [line(`last of ${one.workspaceId}`)])));
    await expect(refused).rejects.toThrow();
    await Promise.all(appended);

    for (const one of owners) {
      const kept = await logs.list(one, { limit: 100 });
      expect(kept.map(({ seq }) => seq)).toEqual(numbers(1, 41));
      expect(kept.map(({ text }) => text)).toEqual(
        [...texts, 'last'].map((text) => `${text} of ${one.workspaceId}`),
      );
    }
  });

  it('wakes the followers of the workspace once per batch, and not for nothing', async () => {
    await logs.append(owner, [line('a'), line('b')]);
    await logs.append(owner, []);

    await logs.append(await seedOwner(), [line('of another, after it')]);

    await vi.waitFor(() => expect(woken.length).toBeGreaterThan(1));
    expect(woken.filter((topic) => topic.endsWith(owner.workspaceId))).toHaveLength(1);
  });

  it('stores text that PostgreSQL would refuse', async () => {
    await logs.append(owner, [line('before\0after'), line('half \uD800 pair')]);

    const texts = (await logs.list(owner, { limit: 10 })).map(({ text }) => text);
    expect(texts).toEqual(['before�after', 'half � pair']);
  });

  it('keeps the newest of them up to a size and never gives a number twice', async () => {
    for (const batch of numbers(1, 5)) {
      await logs.append(
        owner,
        numbers(1, 1_000).map(() => line(String(batch))),
      );
    }
    await logs.append(owner, [line('0')]);

    const kept = await logs.list(owner, { limit: 10_000 });
    const first = kept[0]?.seq ?? 0;
    // What is over by a sixteenth may stay for a while.
    expect(5_001 - first).toBeGreaterThanOrEqual(KEEP_LINES - 1);
    expect(5_001 - first).toBeLessThan(KEEP_LINES * (1 + 1 / 16));
    expect(kept.map(({ seq }) => seq)).toEqual(numbers(first, 5_001));
    expect(kept.at(-1)?.text).toBe('0');
  });

  it('removes what is older than it is kept', async () => {
    const now = Date.now();
    await logs.append(owner, [
      { ...line('of yesterday'), at: now - 86_400_000 },
      { ...line('of now'), at: now },
    ]);

    await logs.removeAged();

    expect((await logs.list(owner, { limit: 9 })).map(({ text }) => text)).toEqual(['of now']);
  });

  it('stores a line of a spool once, whoever brings it how often', async () => {
    const spool = crypto.randomUUID();
    const spooled = (from: number, to: number, of = spool) =>
      numbers(from, to).map((seq) => ({ ...line(String(seq)), spooled: { spool: of, seq } }));
    expect(await logs.spoolPosition(owner.workspaceId)).toBeUndefined();

    // An agent came back before what it told on the connection before was stored.
    await Promise.all([
      logs.append(owner, spooled(1, 3)),
      logs.append(owner, spooled(2, 5)),
      logs.append(owner, [line('of the control plane')]),
    ]);
    await logs.append(owner, spooled(4, 6));
    expect(await logs.spoolPosition(owner.workspaceId)).toEqual({ spool, seq: 6 });
    await logs.append(owner, spooled(1, 1, crypto.randomUUID()));

    expect((await logs.list(owner, { limit: 20 })).map(({ seq, text }) => [seq, text])).toEqual([
      ...numbers(1, 5).map((seq) => [seq, String(seq)]),
      [6, 'of the control plane'],
      [7, '6'],
      [8, '1'],
    ]);
  });

  it('stores batches larger than one statement can hold', async () => {
    await logs.append(
      owner,
      numbers(1, 9_000).map((index) => line(String(index))),
    );

    expect((await logs.list(owner, { limit: 1 }))[0]).toMatchObject({ seq: 9_000, text: '9000' });
  });

  it('fails for a workspace that is gone, without a half-stored batch', async () => {
    const gone = { ...owner, workspaceId: '00000000-0000-4000-8000-000000000000' };

    await expect(logs.append(gone, [line('a')])).rejects.toThrow();
    expect(await logs.list(gone, { limit: 1 })).toEqual([]);
  });
});

describe('list', () => {
  beforeEach(async () => {
    await logs.append(owner, [
      {
        ...{ source: 'start', level: 'info', text: '100% cloned', correlationId: 'request-1' },
        at: Date.parse(minutesAgo(4)),
      },
      { source: 'app', level: 'warn', text: 'slow_query', at: Date.parse(minutesAgo(3)) },
      { source: 'app', level: 'error', text: 'Crash', at: Date.parse(minutesAgo(2)) },
      { source: 'app', level: 'debug', text: 'slow query', at: Date.parse(minutesAgo(1)) },
    ]);
  });

  it.each([
    ['the last ones without `after`', { limit: 2 }, [3, 4]],
    ['the first ones after a position', { limit: 2, after: 1 }, [2, 3]],
    ['nothing after the end', { limit: 2, after: 4 }, []],
    ['the last ones before a position', { limit: 2, before: 4 }, [2, 3]],
    ['those from a moment on', { limit: 9, since: minutesAgo(2.5) }, [3, 4]],
    ['those up to a moment', { limit: 9, until: minutesAgo(2.5) }, [1, 2]],
    ['one source', { limit: 9, source: 'start' }, [1]],
    ['a level and the more severe ones', { limit: 9, level: 'warn' as const }, [2, 3]],
    ['one correlation id', { limit: 9, correlationId: 'request-1' }, [1]],
    ['a text in any case', { limit: 9, search: 'crash' }, [3]],
    ['a percent sign literally', { limit: 9, search: '%' }, [1]],
    ['an underscore literally', { limit: 9, search: 'w_q' }, [2]],
  ])('returns %s', async (_name, filter, expected) => {
    const lines = await logs.list(owner, filter);

    expect(lines.map(({ seq }) => seq)).toEqual(expected);
    for (const found of lines) expect(LogLineSchema.parse(found)).toEqual(found);
  });

  it("shows nothing to another organization, even with the workspace's id", async () => {
    const other = await seedOwner();

    expect(await logs.list({ ...other, workspaceId: owner.workspaceId }, { limit: 9 })).toEqual([]);
  });
});

describe('search', () => {
  it('goes over all workspaces of the organization, page by page, the newest first', async () => {
    const { organizationId } = owner;
    const tenant = await seedTenant(database.db);
    const both = [
      await seedWorkspace(database.db, tenant),
      await seedWorkspace(database.db, tenant),
    ];
    for (const [index, { id }] of both.entries()) {
      await logs.append(
        { workspaceId: id, organizationId: tenant.organizationId },
        numbers(1, 3).map((number) => ({
          ...line(`${index}:${number}`),
          // Two of each moment.
          at: Date.parse(minutesAgo(10 - number)),
          correlationId: number === 2 ? 'operation-1' : undefined,
        })),
      );
    }
    const search = { viewer: tenant.principal, limit: 4 };

    const first = await logs.search({ ...search, cursor: undefined });
    const second = await logs.search({ ...search, cursor: first.nextCursor ?? undefined });
    const texts = [...first.items, ...second.items].map(({ text }) => text);
    expect(texts.toSorted()).toEqual(['0:1', '0:2', '0:3', '1:1', '1:2', '1:3']);
    expect(texts.map((text) => text.slice(2))).toEqual(['3', '3', '2', '2', '1', '1']);
    expect(second.nextCursor).toBeNull();

    const operation = await logs.search({
      ...{ ...search, cursor: undefined },
      correlationId: 'operation-1',
      workspaceId: both[1]?.id,
    });
    expect(operation.items.map(({ text, workspaceId }) => [text, workspaceId])).toEqual([
      ['1:2', both[1]?.id],
    ]);
    expect(
      (await logs.search({ viewer: adminOf(organizationId), limit: 9, cursor: undefined })).items,
    ).toEqual([]);
  });

  it('refuses a cursor that it did not give', async () => {
    const { organizationId } = owner;

    const viewer = adminOf(organizationId);
    await expect(logs.search({ viewer, limit: 1, cursor: 'W10' })).rejects.toMatchObject({
      code: 'validation_failed',
    });
  });
});

describe('the live source', () => {
  it('reads lines as live events, with `seq` as cursor', async () => {
    const source = createLogLiveSource(createLogsRepository(database.db, KEEP));
    const topic = `logs:${owner.workspaceId}`;

    expect([await source.cursor(topic), await source.horizon(topic)]).toEqual([0, 0]);

    await logs.append(
      owner,
      numbers(1, 4_500).map((index) => line(String(index % 10))),
    );
    await logs.append(
      owner,
      numbers(1, 500).map((index) => line(String(index % 10))),
    );
    expect(await source.cursor(topic)).toBe(5_000);
    expect(await source.horizon(topic)).toBe(5_000 - KEEP_LINES);

    const [first, ...rest] = await source.read(topic, 4_997, 2);
    expect(first?.cursor).toBe(4_998);
    expect(rest).toHaveLength(1);
    expect(LiveEventSchema.parse(first?.event)).toMatchObject({
      type: 'log',
      line: { seq: 4_998, text: '8' },
    });
  });
});
