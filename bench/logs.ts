import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { logRoutes } from '@spt-flow/shared/api/logs';
import type { Database } from '@spt-flow/db/client';
import { withDatabase } from '../e2e/faults/support/stranger.ts';
import { textOf } from './clients/spools.ts';
import { prepareEnrolment } from './harness/enrolment.ts';
import { findAgent } from './harness/find-agent.ts';
import { startFleet } from './harness/fleet.ts';
import { toMetric, type Pair } from './harness/metric.ts';
import { memoryOf } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { createProject, installApp, withSubject, workspaceOf } from './harness/subject.ts';

const AGENTS = 12;
const PAIRS = 3;
const SEGMENT_MS = 6_000;
const JOIN_PATIENCE_MS = 60_000;
const CLIENT_CORE = 1;
/** Before growth counts: heaps and pools fill up at first, and code is compiled as it gets hot. */
const WARM_UP_MS = 60_000;
const SHIPPING_MS = 60_000;
/** Garbage comes and goes within it; what stays is what has grown. */
const LOOK_MS = 30_000;
const PEER_LINES_AT_ONCE = 2_000;
/** Prints more than the agent lets pass. */
const APP = `import { createServer } from 'node:http';
createServer((_, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
let n = 0;
setInterval(() => { for (let i = 0; i < 20; i += 1) console.log('request ' + (n += 1) + ' took 12 ms and sent 1843 bytes'); }, 10);
`;

/** Lines of flooding agents until they can be searched, against bare inserts into the same database; memory of an agent that ships. */
await runBench('logs', () =>
  withSubject(async (subject) => {
    const project = await createProject(subject, 'logs');
    await installApp(subject, project, APP);
    const memory = await memoryWhileShipping(findAgent(subject.product.pid));
    const enrolment = await prepareEnrolment(subject, AGENTS * PAIRS);
    const url = subject.product.origin.replace('localhost', '127.0.0.1');
    const pairs = await withDatabase(subject.product.dataDirectory, async (db) => {
      const measured: Pair[] = [];
      for (let pair = 0; pair < PAIRS; pair += 1) {
        const peer = await insertedPerSecond(db);
        const tokens = enrolment.tokens.slice(pair * AGENTS, (pair + 1) * AGENTS);
        const fleet = startFleet(
          [{ type: 'agents', url, serverKey: enrolment.serverKey, tokens, isFlooding: true }],
          CLIENT_CORE,
        );
        await fleet.untilConnected(AGENTS, JOIN_PATIENCE_MS);
        const product = await shippedPerSecond(db);
        await fleet.stop();
        progress(`${Math.round(product)} lines a second, bare inserts ${Math.round(peer)}`);
        measured.push({ product, peer });
      }
      return measured;
    });
    const query = { workspace: enrolment.workspaceIds[0] ?? '', search: '/API/items/', limit: 1 };
    const { items } = await subject.api.call(logRoutes.search, { query });
    if (items.length === 0) throw new Error('What was shipped is not found');
    const followed = { params: { handle: workspaceOf(project) }, query: { limit: 1 } };
    if ((await subject.api.call(logRoutes.list, followed)).items.length === 0)
      throw new Error('The app is not heard');
    return [
      toMetric(pairs, {
        metric: 'searchable-lines',
        unit: 'lines/s',
        peer: 'bare inserts',
        goal: { of: 'value', by: 'median', atLeast: 20_000 },
      }),
      toMetric([memory], {
        metric: 'agent-memory-after-shipping',
        unit: 'MiB',
        peer: 'before',
        goal: { of: 'ratio', atMost: 1.05 },
      }),
    ];
  }),
);

async function memoryWhileShipping(pid: number): Promise<Pair> {
  progress('Shipping at what the agent lets pass');
  await sleep(WARM_UP_MS);
  const peer = await leastMemory(pid);
  await sleep(SHIPPING_MS);
  return { product: await leastMemory(pid), peer };
}

async function leastMemory(pid: number): Promise<number> {
  let leastBytes = Infinity;
  for (let waitedMs = 0; waitedMs < LOOK_MS; waitedMs += 1_000) {
    await sleep(1_000);
    leastBytes = Math.min(leastBytes, memoryOf(pid).rssBytes);
  }
  return leastBytes / 1024 ** 2;
}

/** What is committed is found by the next search. */
async function shippedPerSecond(db: Database): Promise<number> {
  const startedMs = performance.now();
  const before = await storedLines(db);
  await sleep(SEGMENT_MS);
  const after = await storedLines(db);
  return ((after - before) / (performance.now() - startedMs)) * 1000;
}

async function storedLines(db: Database): Promise<number> {
  const { rows } = await db.execute<{ lines: string }>(
    sql`select coalesce(sum(seq), 0) as lines from workspace_log_heads`,
  );
  return Number(rows[0]?.lines);
}

/** A program that does nothing but insert the same lines, many at once, into a table with the same columns and indexes. */
async function insertedPerSecond(db: Database): Promise<number> {
  await db.execute(sql`drop table if exists bench_logs`);
  await db.execute(sql`create table bench_logs (like workspace_logs including all)`);
  const [workspaceId, organizationId] = [crypto.randomUUID(), crypto.randomUUID()];
  const startedMs = performance.now();
  let lines = 0;
  while (performance.now() - startedMs < SEGMENT_MS / 2) {
    const numbers = Array.from({ length: PEER_LINES_AT_ONCE }, (_, index) => lines + index);
    await db.execute(sql`
      insert into bench_logs (workspace_id, organization_id, seq, at, level, source, text)
      select ${workspaceId}::uuid, ${organizationId}::uuid, line.seq, now(), 'info', 'app', line.text
      from unnest(${sql.param(numbers)}::bigint[], ${sql.param(numbers.map(textOf))}::text[]) as line (seq, text)`);
    lines += PEER_LINES_AT_ONCE;
  }
  return (lines / (performance.now() - startedMs)) * 1000;
}
