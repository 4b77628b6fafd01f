import { asc, eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { agentKeys, agents, auditLog, changeSets } from '@spt-flow/db/schema';
import {
  ChangeSetReceiptSchema,
  SignedReceiptSchema,
  type SignedReceipt,
} from '@spt-flow/shared/agent-protocol/change-set';
import { generateSigningKey } from '@spt-flow/tunnel/handshake/crypto';
import { isReceiptOf, signReceipt } from '@spt-flow/tunnel/handshake/receipt-signature';
import { requestThrough } from '../../src/features/agents/connections/agent-connections.ts';
import { settleWithAgent } from '../../src/features/change-sets/deliver-change-set.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startInlineAgent } from '../agents/inline-agent.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import type { LiveWorkspace } from './live-workspace.ts';
import { startStage, type Stage } from './stage.ts';
import { createTestService } from './test-service.ts';

const createDatabase = useDatabases();

let stage: Stage;
let live: LiveWorkspace;
let told = 0;
let db: TestDatabase['db'];

beforeAll(async () => {
  ({ db } = await createDatabase());
  stage = await startStage(db);
  ({ live } = stage);
}, 120_000);
afterAll(() => stage.close());
afterEach(async () => {
  await db.delete(changeSets);
  told += (await refusals()).length;
  await db.update(agentKeys).set({ state: 'current' });
  await db.update(agents).set({ workspaceId: live.workspace.id });
});

function createService(overrides?: Parameters<typeof createTestService>[1]) {
  return createTestService(stage, overrides);
}

function apply(service = createService()) {
  return service.apply({
    workspaceId: live.workspace.id,
    organizationId: live.tenant.organizationId,
    userId: live.tenant.userId,
    summary: 'Change',
    edits: [{ action: 'write', path: `${crypto.randomUUID()}.txt`, text: 'new\n' }],
    correlationId: 'receipts',
  });
}

async function rowOf(id: string) {
  const [row] = await db.select().from(changeSets).where(eq(changeSets.id, id));
  if (!row) throw new Error('There is no such change set');
  return row;
}

/** Those of this test: the log keeps the others. */
async function refusals() {
  const rows = await db
    .select()
    .from(auditLog)
    .where(eq(auditLog.action, 'change-set.receipt-refused'))
    .orderBy(asc(auditLog.createdAt));
  return rows.slice(told);
}

async function signedOf(id: string): Promise<SignedReceipt> {
  return SignedReceiptSchema.parse((await rowOf(id)).receipt['signed']);
}

it('is kept with the change set, and proves with the key of the agent what became of it', async () => {
  const { id } = await apply();

  const signed = await signedOf(id);
  const [key] = await db.select().from(agentKeys).where(eq(agentKeys.keyId, signed.keyId));
  expect(isReceiptOf(key?.publicKey ?? '', signed)).toBe(true);
  expect(ChangeSetReceiptSchema.parse(JSON.parse(signed.text))).toMatchObject({
    id,
    outcome: 'committed',
    files: [{ change: 'created' }],
  });
  expect(await refusals()).toEqual([]);
});

it('is not waited for without end', async () => {
  const row = await rowOf((await apply()).id);
  const { agents: known, audit } = stage.controlPlane;
  const silent = startInlineAgent({
    answers: { 'change-set.apply': (stream) => stream.respond({ ok: true }) },
  });
  let nowMs = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const settling = settleWithAgent(
    {
      ...{ receiptFault: known.receiptFault, audit },
      agents: { request: (_id, head, options) => requestThrough(silent.tunnel, head, options) },
      workspaces: { ensureReady: async () => undefined },
      clock: { ...systemClock, monotonicMs: () => nowMs },
    },
    row,
    'silent',
  );
  const ended = expect(settling).rejects.toMatchObject({ code: 'change_set_untold' });
  for (const end of [silent.agentTunnel, silent.tunnel, silent.agentTunnel, silent.tunnel])
    await end.ping();

  nowMs = 400_000;
  vi.advanceTimersByTime(nowMs);

  await ended;
  vi.useRealTimers();
});

describe('a receipt that says that a change was undone', () => {
  let id: string;
  let undone: SignedReceipt;

  beforeEach(async () => {
    ({ id } = await apply());
    const said = ChangeSetReceiptSchema.parse(JSON.parse((await signedOf(id)).text));
    undone = await live.signReceipt({ ...said, outcome: 'rolled_back' });
  });

  function tell(signed: SignedReceipt) {
    return createService().onRecovered(live.workspace.id, signed, 'forged');
  }

  it('is believed when the agent signed it', async () => {
    await tell(undone);

    expect((await rowOf(id)).outcome).toBe('rolled_back');
    expect(await signedOf(id)).toEqual(undone);
  });

  it.each<[string, string, () => Promise<SignedReceipt>]>([
    [
      'was altered on the way',
      'wrong_signature',
      async () => ({ ...undone, text: undone.text.replace('created', 'deleted') }),
    ],
    [
      'is signed with a key that nobody has enrolled',
      'unknown_key',
      async () => signReceipt(generateSigningKey(), undone.text),
    ],
    [
      'names the key of the agent but is signed with another one',
      'wrong_signature',
      async () => ({ ...signReceipt(generateSigningKey(), undone.text), keyId: undone.keyId }),
    ],
    [
      'is signed with a key that gave way',
      'retired_key',
      async () => {
        await db.update(agentKeys).set({ state: 'retired' });
        return undone;
      },
    ],
    [
      'is signed by the agent of another workspace',
      'other_workspace',
      async () => {
        const other = await seedWorkspace(db, await seedTenant(db));
        await db.update(agents).set({ workspaceId: other.id });
        return undone;
      },
    ],
  ])('that %s is refused and audited', async (_name, fault, forge) => {
    const forged = await forge();

    await expect(tell(forged)).rejects.toMatchObject({ code: 'receipt_not_genuine' });

    expect((await rowOf(id)).outcome).toBe('committed');
    expect(await refusals()).toMatchObject([
      {
        target: `change-set:${id}`,
        correlationId: 'forged',
        organizationId: live.tenant.organizationId,
        detail: { fault, keyId: forged.keyId, workspaceId: live.workspace.id },
      },
    ]);
  });
});

it("that is not the agent's leaves the change set undecided until the agent itself tells", async () => {
  const deceived = createService({ receiptFault: async () => 'wrong_signature' });

  await expect(apply(deceived)).rejects.toMatchObject({ code: 'receipt_not_genuine' });

  const [row] = await db.select().from(changeSets);
  expect(row?.outcome).toBe('running');
  expect(await refusals()).toHaveLength(1);
  await createService().onWorkspaceReady(live.workspace, 'later');
  expect((await rowOf(row?.id ?? '')).outcome).toBe('committed');
});
