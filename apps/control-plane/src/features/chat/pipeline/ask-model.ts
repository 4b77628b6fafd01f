import { LASTING } from '../providers/last-failure.ts';
import {
  addUsage,
  NO_USAGE,
  type FailureKind,
  type ModelMessage,
  type ModelProvider,
} from '../providers/model-provider.ts';
import { TOOL_DEFINITIONS } from '../tools/toolbox.ts';
import { listen } from './listen.ts';
import { callModel, type CallOutcome } from './model-call.ts';
import { priceOf } from './model-prices.ts';
import { plainFailure } from './plain-words.ts';
import type { TurnRun } from './turn-run.ts';
import { leaveOutImages } from './unseen-images.ts';

/** Of the newest results when room must be made. */
const KEPT_RESULTS = 4;
/** Of the context: beyond it, old results are left out before the service refuses. */
const FULL_SHARE = 0.8;

/** Another service can answer what this one could not. */
const OTHERS_HELP: ReadonlySet<FailureKind> = new Set([...LASTING, 'malformed']);

/** Why nothing was asked. */
export type Unaffordable = 'tokens' | 'money';

/** askModel gets the next reply, from the fallback when the provider does not give one. */
export async function askModel(run: TurnRun): Promise<CallOutcome | Unaffordable> {
  const start = run.text.length;
  if (run.model.limits.seesImages === false) goOnUnseen(run);
  const outcome = await askSeeing(run, start);
  const { fallback, signal } = run.input;
  if (typeof outcome === 'string' || outcome.failure === null || signal.aborted) return outcome;
  const { provider } = run.model;
  if (fallback === null || provider === fallback || !OTHERS_HELP.has(outcome.failure.kind))
    return outcome;
  takeBack(run, start);
  note(run, `${nameOf(provider)} did not answer, going on with ${nameOf(fallback)}`, {
    detail: plainFailure(outcome.failure.kind, outcome.failure.retryAfterMs).text,
  });
  run.model = { provider: fallback, limits: await fallback.limits(signal) };
  return askSeeing(run, start);
}

/** Whether a model can look at pictures often only shows when it is asked. */
async function askSeeing(run: TurnRun, start: number): Promise<CallOutcome | Unaffordable> {
  const outcome = await ask(run, start);
  if (typeof outcome === 'string' || outcome.failure?.kind !== 'noVision') return outcome;
  return goOnUnseen(run) ? ask(run, start) : outcome;
}

function goOnUnseen(run: TurnRun): boolean {
  if (!leaveOutImages(run.messages)) return false;
  note(run, `${nameOf(run.model.provider)} can’t look at pictures, working from words alone`, {
    detail: 'Describe in words what matters in them, or ask an admin to set a model that can.',
  });
  return true;
}

async function ask(run: TurnRun, start: number): Promise<CallOutcome | Unaffordable> {
  const { limits, signal, prices } = run.input;
  const { provider } = run.model;
  const price = priceOf(prices, provider.model);
  makeRoom(run);
  const prompt = { system: run.system, messages: run.messages, tools: TOOL_DEFINITIONS };
  const wanted = Math.min(
    limits.maxOutputTokensPerReply,
    run.model.limits.outputTokens ?? limits.maxOutputTokensPerReply,
  );
  const allowed = await run.input.setAside((leftMicros) => {
    run.budget.limitMoney(leftMicros);
    const outputTokens = run.budget.outputTokensFor(prompt, { price, wanted });
    if (outputTokens === 0) return undefined;
    return { outputTokens, micros: run.budget.dearest(prompt, { price, outputTokens }) };
  });
  if (!allowed) return run.budget.hasTokensFor(prompt) ? 'money' : 'tokens';
  const { outputTokens: maxOutputTokens } = allowed;
  let onEvent = listen(run);
  let used = NO_USAGE;
  const startedMs = run.input.now();
  const outcome = await callModel({
    provider,
    limits,
    signal,
    request: { ...prompt, maxOutputTokens },
    onEvent: (event) => onEvent(event),
    mayRetry: () => run.budget.outputTokensFor(prompt, { price, wanted }) >= maxOutputTokens,
    onTry: (usage) => {
      run.budget.charge(prompt, { price, usage });
      run.usage.set(provider, addUsage(run.usage.get(provider) ?? NO_USAGE, usage));
      used = addUsage(used, usage);
    },
    onRetry: (failure) => {
      takeBack(run, start);
      note(run, 'The AI service did not answer, trying again', {
        detail: plainFailure(failure.kind).text,
      });
      onEvent = listen(run);
    },
  });
  run.calls.push({
    ...{ provider, startedMs, endedMs: run.input.now() },
    ...{ usage: used, failure: outcome.failure?.kind ?? null },
  });
  return outcome;
}

function nameOf({ name, model }: ModelProvider): string {
  return model ?? name;
}

/** What a reply that failed had said and begun does not count. */
function takeBack(run: TurnRun, start: number): void {
  run.text.rewind(start);
  run.steps.endAll(false);
}

function note(run: TurnRun, label: string, { detail }: { readonly detail: string }): void {
  const id = `note-${run.steps.all.length}`;
  run.steps.start(id, label);
  run.steps.end(id, { ok: true, detail });
}

function makeRoom(run: TurnRun): void {
  const { contextTokens } = run.model.limits;
  if (contextTokens === null) return;
  const { system, messages } = run;
  const used = run.budget.estimate({ system, messages, tools: TOOL_DEFINITIONS });
  if (used > contextTokens * FULL_SHARE) compact(messages);
}

/** compact leaves out old results; the model can read files again. False when nothing is left to leave out. */
export function compact(messages: ModelMessage[]): boolean {
  const withResults = messages.flatMap((message, index) =>
    message.role === 'user' && message.parts.some((part) => part.type === 'toolResult')
      ? [index]
      : [],
  );
  const old = withResults.slice(0, -KEPT_RESULTS);
  for (const index of old) {
    const message = messages[index];
    if (message?.role !== 'user') continue;
    const parts = message.parts.map((part) =>
      part.type === 'toolResult'
        ? { ...part, text: '[left out to make room; read it again if needed]' }
        : part,
    );
    messages[index] = { role: 'user', parts };
  }
  return old.length > 0;
}
