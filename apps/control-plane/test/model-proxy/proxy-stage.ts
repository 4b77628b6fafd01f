import { randomUUID } from 'node:crypto';
import type { Database } from '@spt-flow/db/client';
import { auditLog, modelHolds, modelUse } from '@spt-flow/db/schema';
import { eq } from 'drizzle-orm';
import { createSpending } from '../../src/features/chat/spending.ts';
import { createSpendingRepository } from '../../src/features/chat/spending-repository.ts';
import { createModelProxy, type ModelProxyDeps } from '../../src/features/model-proxy/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { API_KEY } from '../chat/messages-server.ts';

export const MODEL = 'claude-sonnet-5-5';
/** In dollars per million tokens. */
const PRICES = { [MODEL]: { input: 2, output: 10, cachedInput: 0.2, writtenInput: 2.5 } };

export interface StageOptions extends Partial<
  Pick<ModelProxyDeps, 'claude' | 'openAi' | 'isOn' | 'limits' | 'tokenLifetimeSeconds' | 'traces'>
> {
  readonly url: string;
  readonly budgetMicros?: number;
}

/** openProxy makes the feature as the composition does. */
export function openProxy(db: Database, hub: ModelProxyDeps['hub'], options: StageOptions) {
  const { url, budgetMicros = null, ...others } = options;
  const errors: unknown[] = [];
  const spending = createSpending(createSpendingRepository(db), {
    ...{ prices: PRICES, maxTurnTokens: 1_000_000, projectBudgetMicros: budgetMicros },
  });
  const proxy = createModelProxy({
    ...{ db, hub, spending, isOn: true, traces: null, clock: systemClock, audit: createAudit(db) },
    claude: { apiKey: API_KEY, model: MODEL, baseUrl: url },
    openAi: { baseUrl: undefined, model: '' },
    countTokens: () => undefined,
    findWorkspace: () => Promise.reject(new Error('not asked for')),
    onError: (error) => void errors.push(error),
    ...others,
  });
  return { ...proxy, errors, spending };
}

export async function usedRows(db: Database) {
  return db.select().from(modelUse);
}

export async function heldRows(db: Database) {
  return db.select().from(modelHolds);
}

export async function issuedTokens(db: Database) {
  return db.select().from(auditLog).where(eq(auditLog.action, 'model_token.issue'));
}

export function question(change: Record<string, unknown> = {}) {
  const content = [{ type: 'text', text: `Say hi, ${randomUUID()}` }];
  return {
    ...{ model: MODEL, max_tokens: 1024, stream: true, messages: [{ role: 'user', content }] },
    ...change,
  };
}

/** As the strict server wants them, besides the key. */
export const VERSION = { 'anthropic-version': '2026-10-21', 'content-type': 'application/json' };
