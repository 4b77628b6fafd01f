import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, describeError, ERRORS } from '@spt-flow/shared/domain/errors';
import { answerTurn, type AnswerDeps } from './answer-turn.ts';
import type { ChatEvents, CountTokens } from './chat-deps.ts';
import type { ChatRepository, ClaimedTurn } from './chat-repository.ts';
import { endedWith, type Outcome } from './ended-turn.ts';
import { metadataOf, toMessage } from './message-view.ts';
import { costMicros, priceOf } from './pipeline/model-prices.ts';
import { DECLINED_TEXT, STOPPED_TEXT } from './pipeline/plain-words.ts';
import type { ExportTurn } from './traces/trace-exporter.ts';
import { traceOf } from './traces/trace-of-turn.ts';
import { TurnBroadcast } from './turn-broadcast.ts';
import { createProgressStore, type StoreProgress } from './turn-progress-repository.ts';

export interface TurnRunnerDeps extends AnswerDeps {
  readonly repository: ChatRepository;
  readonly events: ChatEvents;
  readonly countTokens: CountTokens;
  /** Null: nobody collects traces. */
  readonly traceTurn: ExportTurn | null;
  /** Unset: the only one. */
  readonly replicaId?: string | undefined;
}

/** Starts of one turn, restarts of the control plane included. */
const MAX_ATTEMPTS = 3;
const FINISH_ATTEMPTS = 5;
const FINISH_RETRY_MS = 1000;
const WORN_OUT =
  'This message was interrupted several times and is not tried again. Your app is unchanged. Send it again if you like.';

function explain(error: unknown): string {
  const known = error instanceof AppError ? error : null;
  const { safe, next } = known ? describeError(known.code) : ERRORS.internal;
  return `${known?.message ?? ERRORS.internal.what}. ${safe}. ${next}.`;
}

interface Running {
  readonly stop: AbortController;
  readonly finished: Promise<void>;
  /** Something was queued since the last look. */
  lookAgain: boolean;
}

/** TurnRunner works through the queued turns of each project, one at a time per project. */
export class TurnRunner {
  readonly #deps: TurnRunnerDeps;
  readonly #running = new Map<string, Running>();
  readonly #storeProgress: StoreProgress;
  #closing = false;

  constructor(deps: TurnRunnerDeps) {
    this.#deps = deps;
    this.#storeProgress = createProgressStore(deps);
  }

  /** Looks for a queued turn of the project; harmless at any time. */
  wake(projectId: string): void {
    if (this.#closing) return;
    const running = this.#running.get(projectId);
    if (running) {
      running.lookAgain = true;
      return;
    }
    const stop = new AbortController();
    const finished = this.#work(projectId, stop).catch((error: unknown) => {
      this.#deps.logger.error({ err: error, projectId }, 'turns of a project could not be run');
      return false;
    });
    const ended = finished.then((hadWork) => {
      const lookAgain = this.#running.get(projectId)?.lookAgain ?? false;
      this.#running.delete(projectId);
      if (hadWork || lookAgain) this.wake(projectId);
    });
    this.#running.set(projectId, { stop, finished: ended, lookAgain: false });
  }

  /** True when a turn was running; those that wait stay queued. */
  stop(projectId: string): boolean {
    const running = this.#running.get(projectId);
    running?.stop.abort();
    return running !== undefined;
  }

  /** At the start, and when another replica went: what was cut off begins again. Its edits were in memory only. */
  async resume(): Promise<void> {
    for (const projectId of await this.#deps.repository.requeueRunning()) this.wake(projectId);
  }

  /** Ends the work without ending the turns: the next start resumes them. */
  async close(): Promise<void> {
    this.#closing = true;
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ finished }) => finished));
  }

  async #work(projectId: string, stop: AbortController): Promise<boolean> {
    const { repository, events, spending, traceTurn, replicaId } = this.#deps;
    const claimed = await repository.transaction(async (tx) => {
      const turn = await repository.claimTurn(tx, { projectId, replicaId });
      if (turn)
        await events.append(
          `project:${projectId}`,
          { type: 'message.added', message: toMessage(turn.reply) },
          tx,
        );
      return turn;
    });
    if (!claimed) return false;
    const broadcast = new TurnBroadcast(
      { store: this.#storeProgress, logger: this.#deps.logger },
      { topic: `project:${projectId}`, messageId: claimed.reply.id },
    );
    const startedMs = performance.now();
    const outcome = await this.#attempt(projectId, claimed, { broadcast, signal: stop.signal });
    await broadcast.settle();
    this.#countTokens(outcome);
    if (outcome.calls.length > 0)
      traceTurn?.(traceOf({ projectId, ...claimed, outcome, startedMs, prices: spending.prices }));
    if (this.#closing && outcome.state === 'stopped') return false;
    await this.#finishSurely(projectId, claimed, outcome);
    return true;
  }

  #countTokens({ shares }: Outcome): void {
    const { countTokens, spending } = this.#deps;
    for (const { provider, usage } of shares)
      if (provider.model !== null)
        countTokens({
          provider: provider.name,
          model: provider.model,
          inputTokens: usage.inputTokens,
          outputTokens: usage.outputTokens,
          costMicros: costMicros(priceOf(spending.prices, provider.model), usage),
        });
  }

  async #attempt(
    projectId: string,
    claimed: ClaimedTurn,
    run: { broadcast: TurnBroadcast; signal: AbortSignal },
  ): Promise<Outcome> {
    if (claimed.turn.attempts > MAX_ATTEMPTS) return endedWith('failed', WORN_OUT);
    // There is nothing to do: neither model nor machine is asked.
    if (metadataOf(claimed.request).verdict?.decision === 'decline')
      return endedWith('done', DECLINED_TEXT);
    try {
      return await answerTurn(this.#deps, { projectId, claimed, ...run });
    } catch (error) {
      if (run.signal.aborted) return endedWith('stopped', STOPPED_TEXT);
      this.#deps.logger.error(
        { err: error, turnId: claimed.turn.id, correlationId: claimed.turn.correlationId },
        'a turn failed',
      );
      return endedWith('failed', explain(error));
    }
  }

  /** A turn that stays "running" would block its project until the next restart. */
  async #finishSurely(projectId: string, claimed: ClaimedTurn, outcome: Outcome): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#finish(projectId, claimed, outcome);
      } catch (error) {
        if (attempt === FINISH_ATTEMPTS) throw error;
        this.#deps.logger.error(
          { err: error, turnId: claimed.turn.id },
          'the end of a turn was not stored, trying again',
        );
        await sleep(FINISH_RETRY_MS * attempt);
      }
    }
  }

  async #finish(projectId: string, { turn, reply }: ClaimedTurn, outcome: Outcome): Promise<void> {
    const { repository, events } = this.#deps;
    await repository.transaction(async (tx) => {
      const row = await repository.endTurn(tx, {
        turnId: turn.id,
        messageId: reply.id,
        state: outcome.state,
        content: outcome.text,
        metadata: {
          steps: [...outcome.steps],
          choices: [...outcome.choices],
          questions: [...outcome.questions],
          planning: outcome.planning && { ...outcome.planning },
          changeSetId: outcome.changeSetId,
          proof: outcome.proof && { ...outcome.proof, problems: [...outcome.proof.problems] },
          costMicros: outcome.costMicros,
        },
        costMicros: outcome.costMicros,
        inputTokens: outcome.usage.inputTokens,
        outputTokens: outcome.usage.outputTokens,
        decision: outcome.summary,
      });
      await this.#deps.spending.release(turn.id, tx);
      await events.append(
        `project:${projectId}`,
        { type: 'message.done', message: toMessage(row) },
        tx,
      );
    });
  }
}
