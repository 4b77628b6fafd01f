import { pipeline } from 'node:stream/promises';
import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Clock } from '../../lib/clock.ts';
import { NO_USAGE, type ModelUsage, type Spending } from '../chat/index.ts';
import type { AccessWorkspace } from './access-repository.ts';
import { askService } from './ask-service.ts';
import { priceFor } from './model-list.ts';
import type { ModelService } from './model-services.ts';
import { toService, toTool } from './passed-headers.ts';
import type { RequestBody } from './request-body.ts';
import { costOf, planRequest, type RequestPlan } from './request-plan.ts';
import { beginAnswer, type TakenRequest } from './taken-request.ts';
import { Meter } from './usage/meter.ts';
import { usageSeen } from './usage/token-count.ts';
import { UsageChunkFilter } from './usage/usage-chunk-filter.ts';

export interface Passing {
  readonly service: ModelService;
  readonly taken: TakenRequest;
  readonly raw: Buffer;
  readonly workspace: AccessWorkspace;
}

export interface PassOnDeps {
  readonly spending: Pick<Spending, 'hold' | 'settle' | 'prices'>;
  readonly clock: Clock;
  readonly countTokens: (tokens: {
    readonly provider: string;
    readonly model: string;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly costMicros: number;
  }) => void;
}

export type PassOn = ReturnType<typeof createPassOn>;

/** createPassOn sends requests to their service and the answers back, byte by byte, at the pace of who reads. */
export function createPassOn({ spending, clock, countTokens }: PassOnDeps) {
  const priceOf = (model: string) => priceFor(spending.prices, model);

  async function metered(passing: Passing & { readonly body: RequestBody }): Promise<void> {
    const { service, raw, body, workspace } = passing;
    const { organizationId, projectId } = workspace;
    const asked = { service, raw, body, price: priceOf(body.model) };
    const plan = await spending.hold({ organizationId, projectId }, (leftMicros) =>
      planRequest(asked, leftMicros),
    );
    if (!plan) throw new AppError('model_budget_used');
    let used: Used | undefined;
    try {
      await exchange({ ...passing, plan, onUsed: (seen) => void (used = seen) });
    } finally {
      await settle(passing, plan.holdId, used);
    }
  }

  async function settle(
    { service, body, workspace }: Passing & { readonly body: RequestBody },
    holdId: string | undefined,
    used: Used | undefined,
  ): Promise<void> {
    if (!used) return spending.settle(holdId, undefined);
    const { model } = body;
    const costMicros = costOf(priceOf(model), used.usage, used.longWrittenTokens);
    const { organizationId, projectId, id: workspaceId, ownerId: userId } = workspace;
    const row = {
      organizationId,
      projectId,
      workspaceId,
      userId,
      model,
      ...used.usage,
      costMicros,
    };
    await spending.settle(holdId, { row, at: clock.now() });
    const { inputTokens, outputTokens } = used.usage;
    countTokens({ provider: service.name, model, inputTokens, outputTokens, costMicros });
  }

  return {
    metered,
    /** Costs nothing. */
    unmetered: async (passing: Passing) => {
      const answer = await send(passing, passing.service.keyHeaders);
      assertKeyIsGood(answer);
      await carry(passing, answer, []);
    },
    /** With a key of the person's own, at their own cost. */
    asTheirs: async (passing: Passing & { readonly keyHeaders: Record<string, string> }) => {
      await carry(passing, await send(passing, passing.keyHeaders), []);
    },
  };
}

interface Used {
  readonly usage: ModelUsage;
  readonly longWrittenTokens: number;
}

interface Exchange extends Passing {
  readonly body: RequestBody;
  readonly plan: RequestPlan;
  onUsed(used: Used): void;
}

async function exchange({ plan, onUsed, ...passing }: Exchange): Promise<void> {
  const { service, taken, body } = passing;
  const { inputTokens, outputTokens } = plan;
  const isStream = body.stream === true;
  // The service may go on with what nobody waits for; only a stream tells early what it has used.
  const unseen = { ...NO_USAGE, inputTokens, outputTokens: isStream ? 0 : outputTokens };
  const answer = await send({ ...passing, raw: plan.raw }, service.keyHeaders).catch(
    (error: unknown) => {
      if (taken.signal.aborted) onUsed({ usage: unseen, longWrittenTokens: 0 });
      throw error;
    },
  );
  assertKeyIsGood(answer);
  const meter = new Meter(service.api, answer.headers['content-type']);
  try {
    await carry(passing, answer, plan.hidesUsage ? [meter, new UsageChunkFilter()] : [meter]);
  } finally {
    const { count } = meter;
    const isLost = !isStream && taken.signal.aborted && count.usage === null;
    const usage = isLost ? unseen : usageSeen(count, inputTokens);
    if (isAnswer(answer)) onUsed({ usage, longWrittenTokens: count.longWrittenTokens });
  }
}

function isAnswer({ statusCode = 500 }: IncomingMessage): boolean {
  return statusCode < 400;
}

/** The key is the operator's: whoever uses a tool can do nothing about it, and shall not sign in anywhere. */
function assertKeyIsGood(answer: IncomingMessage): void {
  if (answer.statusCode !== 401 && answer.statusCode !== 403) return;
  answer.resume();
  throw new AppError('model_refused_key');
}

function send(
  { service, taken, raw }: Passing,
  keyHeaders: Readonly<Record<string, string>>,
): Promise<IncomingMessage> {
  const { head, signal } = taken;
  return askService({
    url: service.urlOf(head.path),
    method: head.httpMethod,
    headers: { ...toService(head.headers), ...keyHeaders },
    body: raw.length > 0 ? raw : undefined,
    signal,
  });
}

async function carry(
  { taken: { stream } }: Passing,
  answer: IncomingMessage,
  on: readonly Transform[],
): Promise<void> {
  beginAnswer(stream, { status: answer.statusCode ?? 502, headers: toTool(answer.headers) });
  await pipeline([answer, ...on, stream]);
}
