import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { Plan, Question } from '@spt-flow/shared/api/conversations';
import { APP_MANIFEST_FILE } from '@spt-flow/shared/domain/app-manifest';
import { AppError, describeError } from '@spt-flow/shared/domain/errors';
import { applyTurn } from './apply-turn.ts';
import { failureFingerprint, failureReport, type Failure } from './fingerprint.ts';
import { isFine, lookAtPage } from './look-at-page.ts';
import { runRounds, type RoundsEnd } from './model-rounds.ts';
import { givenUpText, keptText, provenText, STOPPED_TEXT, type GivenUp } from './plain-words.ts';
import { planFromWords, type PlanningState } from './planning.ts';
import { buildMessages, buildSystem } from './prompt.ts';
import { createRun, say, totalUsage, type TurnRun } from './turn-run.ts';
import type { PageProof, TurnInput, TurnResult } from './turn-types.ts';
import { maskSecrets } from '../tools/secrets.ts';

type Ending = Pick<TurnResult, 'state'> & Partial<TurnResult>;

const MAX_SUMMARY_CHARACTERS = 500;

function result(run: TurnRun, ending: Ending): TurnResult {
  run.steps.endAll(ending.state === 'done');
  return {
    choices: [],
    questions: [],
    planning: planningOf(run),
    changeSetId: null,
    proof: null,
    summary: null,
    errorCode: null,
    ...ending,
    text: run.text.value,
    steps: run.steps.all,
    usage: totalUsage(run),
    shares: [...run.usage].map(([provider, usage]) => ({ provider, usage })),
    calls: run.calls,
    costMicros: run.budget.spentMicros,
    requestId: run.requestId,
  };
}

/** What a turn that made no plan leaves of the planning before it. */
function planningOf({ input: { planning } }: TurnRun): PlanningState | null {
  return planning === 'approved' || planning?.plan == null ? null : planning;
}

function planned(run: TurnRun, plan: Plan): Partial<TurnResult> {
  const { planning } = run.input;
  const asked = planning !== 'approved' && planning?.asked === true;
  return { planning: { asked, plan } };
}

function asked(run: TurnRun, questions: readonly Question[]): Partial<TurnResult> {
  const { planning } = run.input;
  const isPlanning = planning !== null && planning !== 'approved';
  const state = isPlanning ? { planning: { asked: true, plan: planning.plan } } : {};
  const [only] = questions;
  if (only === undefined || questions.length > 1) return { questions, ...state };
  run.text.paragraph(only.question);
  return { choices: only.choices, ...state };
}

async function begin(input: TurnInput): Promise<TurnRun> {
  const { files, provider } = input;
  const messages = buildMessages(input);
  const limits = await provider.limits(input.signal);
  const run = createRun(input, { limits, system: [], messages });
  const paths = await run.overlay.list();
  const manifest = paths.includes(APP_MANIFEST_FILE) ? await files.read(APP_MANIFEST_FILE) : null;
  return { ...run, system: buildSystem({ ...input, paths, manifest }) };
}

/** What was committed before the turn ended otherwise is kept, and is not called unchanged. */
function keptBy(failure: Failure | null): Partial<TurnResult> & { readonly isKept: boolean } {
  if (failure?.change.outcome !== 'committed') return { isKept: false };
  const { id, summary } = failure.change;
  return { isKept: true, changeSetId: id, summary, proof: failure.proof };
}

/** Ends of the model's part that are the end of the turn too. */
async function endWithoutChange(
  run: TurnRun,
  end: RoundsEnd,
  failure: Failure | null,
): Promise<TurnResult | null> {
  const { isKept, ...kept } = keptBy(failure);
  const say = (text: string) => run.text.paragraph(isKept ? keptText(text) : text);
  if (end.type === 'stopped') {
    say(STOPPED_TEXT);
    return result(run, { state: 'stopped', ...kept });
  }
  if (end.type === 'failed') {
    say(end.text);
    return result(run, { state: 'failed', errorCode: end.code, ...kept });
  }
  // With edits it is a change as any other, which is online when it works.
  if (end.type === 'publish' && (await run.overlay.edits()).length === 0) {
    const { state, text } = await run.input.publish(run.steps);
    run.text.paragraph(text);
    return result(run, { state, ...kept });
  }
  if (end.type === 'ask')
    return result(run, { state: 'done', ...asked(run, end.questions), ...kept });
  if (end.type === 'plan')
    return result(run, { state: 'done', ...planned(run, end.plan), ...kept });
  const { planning, request } = run.input;
  if (end.type === 'said' && planning !== null && planning !== 'approved')
    return result(run, { state: 'done', ...planned(run, planning.plan ?? planFromWords(request)) });
  return null;
}

function summaryOf(run: TurnRun, end: RoundsEnd): string {
  const text =
    end.type === 'finish'
      ? end.summary
      : run.text.value.split('\n').findLast((line) => line.trim() !== '');
  return (text ?? `Change of ${run.input.projectName}`).trim().slice(0, MAX_SUMMARY_CHARACTERS);
}

interface Committed {
  readonly end: RoundsEnd;
  readonly change: ChangeSet;
  readonly proof: PageProof | null;
}

function committed(run: TurnRun, { end, change, proof }: Committed): TurnResult {
  if (end.type === 'finish') run.text.paragraph(end.summary);
  run.text.paragraph(provenText(change, proof));
  const choices = end.type === 'finish' ? end.nextSteps : [];
  const { id: changeSetId, summary } = change;
  return result(run, { state: 'done', changeSetId, summary, choices, proof });
}

function gaveUp(run: TurnRun, given: GivenUp): TurnResult {
  const { id, outcome, summary } = given.change;
  run.text.paragraph(maskSecrets(givenUpText(given), run.input.secrets));
  if (outcome === 'committed') return result(run, { state: 'done', changeSetId: id, summary });
  const errorCode = outcome === 'rejected' ? 'change_set_rejected' : 'change_set_rolled_back';
  return result(run, { state: 'failed', changeSetId: id, errorCode });
}

/** A change of an app that did not work before is kept, whether the app works with it or not. */
function isWorking({ outcome, reason }: ChangeSet): boolean {
  return outcome === 'committed' && reason === null;
}

/** A failure that did not go away ends the turn: what worked before stands, and the text says so. */
function endFailed(run: TurnRun, failure: Failure, given: Omit<GivenUp, 'change'>): TurnResult {
  const { change, proof } = failure;
  if (proof) return committed(run, { end: { type: 'said' }, change, proof });
  return gaveUp(run, { change, ...given });
}

function hasFailed({ change, proof }: Failure): boolean {
  return !isWorking(change) || (proof !== null && !isFine(proof));
}

async function prove(run: TurnRun, change: ChangeSet): Promise<Failure> {
  return { change, proof: isWorking(change) ? await lookAtPage(run, change) : null };
}

async function changeLoop(run: TurnRun): Promise<TurnResult> {
  const seen = new Set<string>();
  let failure: Failure | null = null;
  for (let attempt = 1; ; attempt++) {
    const end = await runRounds(run);
    const over = await endWithoutChange(run, end, failure);
    if (over) return over;
    const edits = await run.overlay.edits();
    if (failure && end.type === 'said')
      return endFailed(run, failure, { attempts: attempt - 1, sameAgain: false });
    if (edits.length === 0) {
      if (end.type === 'finish') run.text.paragraph(end.summary);
      return result(run, { state: 'done' });
    }
    const outcome = await prove(run, await applyTurn(run, edits, summaryOf(run, end)));
    if (!hasFailed(outcome)) return committed(run, { end, ...outcome });
    failure = outcome;
    const fingerprint = failureFingerprint(failure);
    const sameAgain = seen.has(fingerprint);
    if (sameAgain || attempt >= run.input.limits.maxChangeAttempts)
      return endFailed(run, failure, { attempts: attempt, sameAgain });
    seen.add(fingerprint);
    say(run, maskSecrets(failureReport(failure), run.input.secrets));
  }
}

function broken(run: TurnRun, error: AppError): TurnResult {
  const { safe, next } = describeError(error.code);
  run.text.paragraph(`${error.message}. ${safe}. ${next}.`);
  return result(run, { state: 'failed', errorCode: error.code });
}

/**
 * runTurn takes one request through model, tools, change set and proof, and always ends with a text for people.
 * INVARIANT: "done" is said only about a change that was committed after its probe answered.
 */
export async function runTurn(input: TurnInput): Promise<TurnResult> {
  const run = await begin(input);
  try {
    return await changeLoop(run);
  } catch (error) {
    if (error instanceof AppError) return broken(run, error);
    throw error;
  }
}
