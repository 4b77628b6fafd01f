import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Clock } from '../../lib/clock.ts';
import type { AgentConnections } from '../agents/index.ts';
import { acceptReceipt, type Ended, type ReceiptDeps } from './accept-receipt.ts';
import {
  askForReceipt,
  beginChangeSet,
  type BegunChangeSet,
  type SendOptions,
} from './change-set-client.ts';
import type { ChangeSetRow } from './change-sets-repository.ts';
import { interruptedReceipt, notSentReceipt } from './local-receipts.ts';

const ASK_AGAIN_MS = 500;
const SETTLE_LIMIT_MS = 60_000;

export interface DeliveryDeps extends ReceiptDeps {
  readonly agents: Pick<AgentConnections, 'request'>;
  readonly workspaces: {
    ensureReady(
      workspaceId: string,
      options: { signal?: AbortSignal; correlationId: string },
    ): Promise<unknown>;
  };
  readonly clock: Clock;
}

/** deliverChangeSet hands a change set to the agent and finds out how it ended, whatever becomes of the connection. */
export async function deliverChangeSet(
  deps: DeliveryDeps,
  { row, request }: { row: ChangeSetRow; request: ChangeSetRequest },
  options: SendOptions,
): Promise<Ended> {
  const { correlationId } = options;
  let begun: BegunChangeSet;
  try {
    begun = await beginChangeSet(deps.agents, request, options);
  } catch (error) {
    return refused(deps, { row, error }, correlationId);
  }
  const signed = await begun.receipt.catch(() => undefined);
  if (!signed) return settleWithAgent(deps, row, correlationId);
  return acceptReceipt(deps, signed, { row, correlationId });
}

/** The agent's own no is final; anything else may have reached it after all. */
async function refused(
  deps: DeliveryDeps,
  { row, error }: { row: ChangeSetRow; error: unknown },
  correlationId: string,
): Promise<Ended> {
  if (!(error instanceof AppError)) throw error;
  if (error.code === 'agent_offline' || error.code === 'agent_timeout')
    return settleWithAgent(deps, row, correlationId);
  return { receipt: notSentReceipt(row.id, error.message), signed: null };
}

/** settleWithAgent waits for the agent to be back and asks it how the change set ended. */
export async function settleWithAgent(
  deps: DeliveryDeps,
  row: ChangeSetRow,
  correlationId: string,
): Promise<Ended> {
  const { workspaceId } = row;
  const deadline = deps.clock.monotonicMs() + SETTLE_LIMIT_MS;
  for (;;) {
    try {
      await deps.workspaces.ensureReady(workspaceId, { correlationId });
      const signed = await askForReceipt(deps.agents, row.id, { workspaceId, correlationId });
      const ended = await acceptReceipt(deps, signed, { row, correlationId });
      if (ended.receipt.files.length > 0) return ended;
      return { receipt: interruptedReceipt(row.id, row.contents), signed: null };
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (deps.clock.monotonicMs() > deadline) throw untold(error);
      await delay(ASK_AGAIN_MS);
    }
  }
}

/** Who waits hears that nobody knows; the change set stays undecided until its agent says how it ended. */
function untold(error: unknown): unknown {
  const isSilent = error instanceof AppError && error.code === 'agent_timeout';
  return isSilent ? new AppError('change_set_untold', undefined, { cause: error }) : error;
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof AppError &&
    ['agent_offline', 'agent_timeout', 'change_set_busy', 'workspace_busy'].includes(error.code)
  );
}
