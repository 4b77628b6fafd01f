import type { DoneReason, FailureKind } from '../providers/model-provider.ts';
import type { TurnEnd } from '../tools/tool.ts';
import { askModel, compact, type Unaffordable } from './ask-model.ts';
import type { Reply } from './model-call.ts';
import {
  BUDGET_TEXT,
  MONEY_TEXT,
  plainFailure,
  REFUSED_TEXT,
  type PlainFailure,
} from './plain-words.ts';
import { planFromEdits } from './planning.ts';
import { runTools } from './run-tools.ts';
import { say, type TurnRun } from './turn-run.ts';

const MAX_CUT_REPLIES = 2;
const MAX_USELESS_REPLIES = 3;
const MAX_REFUSED_REPLIES = 2;

export type RoundsEnd =
  | TurnEnd
  | { readonly type: 'said' }
  | { readonly type: 'stopped' }
  | ({ readonly type: 'failed' } & PlainFailure);

interface Ladder {
  cutReplies: number;
  uselessReplies: number;
  refusedReplies: number;
  compacted: boolean;
  nudged: boolean;
}

function failed(kind: FailureKind, retryAfterMs: number | null = null): RoundsEnd {
  return { type: 'failed', ...plainFailure(kind, retryAfterMs) };
}

function overBudget(reason: Unaffordable): RoundsEnd {
  const text = reason === 'money' ? MONEY_TEXT : BUDGET_TEXT;
  return { type: 'failed', code: 'limit_reached', text };
}

/** What to do about a reply that ended early; null: go on as usual. */
function endOfReason(run: TurnRun, reason: DoneReason, ladder: Ladder): RoundsEnd | 'again' | null {
  if (reason === 'refused') return { type: 'failed', code: 'model_bad_answer', text: REFUSED_TEXT };
  if (reason !== 'contextFull') return null;
  if (ladder.compacted || !compact(run.messages)) return failed('tooLarge');
  ladder.compacted = true;
  return 'again';
}

async function answerCalls(
  run: TurnRun,
  reply: Reply,
  ladder: Ladder,
): Promise<RoundsEnd | 'again'> {
  const refusedBefore = run.refused.calls;
  const { results, end, allFailed } = await runTools(run, reply.calls);
  run.messages.push({ role: 'user', parts: results });
  if (end) return end;
  if (run.refused.calls > refusedBefore) ladder.refusedReplies++;
  if (ladder.refusedReplies >= MAX_REFUSED_REPLIES)
    return { type: 'plan', plan: planFromEdits(run.input.request, run.refused.edits) };
  ladder.uselessReplies = allFailed ? ladder.uselessReplies + 1 : 0;
  return ladder.uselessReplies >= MAX_USELESS_REPLIES ? failed('malformed') : 'again';
}

function answerCut(run: TurnRun, reply: Reply, ladder: Ladder): RoundsEnd | 'again' {
  ladder.cutReplies++;
  if (ladder.cutReplies > MAX_CUT_REPLIES) return failed('endless');
  run.steps.endAll(false);
  say(
    run,
    reply.openCall === null
      ? '[spt-flow] Your answer was cut off because it was too long. Go on, more briefly.'
      : `[spt-flow] Your answer was cut off inside ${reply.openCall}; nothing of that call was done. Send a large file in parts: write_file with the first part, then add to it with edit_file.`,
  );
  return 'again';
}

async function answerText(
  run: TurnRun,
  reply: Reply,
  ladder: Ladder,
): Promise<RoundsEnd | 'again'> {
  const text = reply.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const codeInText = text.includes('```') && (await run.overlay.edits()).length === 0;
  if (text.trim() !== '' && (!codeInText || ladder.nudged)) return { type: 'said' };
  if (ladder.nudged) return failed('malformed');
  ladder.nudged = true;
  say(
    run,
    codeInText
      ? '[spt-flow] Nothing was applied: code in text changes no file. If it was meant as a change, make it with your tools.'
      : '[spt-flow] Your answer was empty. Answer the request, or call finish when your files are written.',
  );
  return 'again';
}

async function answer(run: TurnRun, reply: Reply, ladder: Ladder): Promise<RoundsEnd | 'again'> {
  if (reply.parts.length > 0) run.messages.push({ role: 'assistant', parts: reply.parts });
  const early = endOfReason(run, reply.reason, ladder);
  if (early !== null) return early;
  const cut = reply.reason === 'maxTokens';
  const next = reply.calls.length > 0 ? await answerCalls(run, reply, ladder) : null;
  if (next !== null && next !== 'again') return next;
  if (cut) return answerCut(run, reply, ladder);
  if (next !== null) return next;
  if (reply.reason !== 'paused') return answerText(run, reply, ladder);
  say(run, '[spt-flow] Go on.');
  return 'again';
}

/** runRounds lets the model work with its tools until it ends its part, within the limits of the turn. */
export async function runRounds(run: TurnRun): Promise<RoundsEnd> {
  const { limits, signal } = run.input;
  const ladder: Ladder = {
    cutReplies: 0,
    uselessReplies: 0,
    refusedReplies: 0,
    compacted: false,
    nudged: false,
  };
  for (;;) {
    if (run.rounds >= limits.maxRounds) return overBudget('tokens');
    run.rounds++;
    const outcome = await askModel(run);
    if (signal.aborted) return { type: 'stopped' };
    if (typeof outcome === 'string') return overBudget(outcome);
    const { reply, failure } = outcome;
    if (reply === null) {
      run.requestId = failure?.requestId ?? null;
      return failed(failure?.kind ?? 'connection', failure?.retryAfterMs);
    }
    const next = await answer(run, reply, ladder);
    if (next !== 'again') return next;
  }
}
