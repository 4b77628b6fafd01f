import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import { APP_MANIFEST_FILE } from '@spt-flow/shared/domain/app-manifest';
import { AppError, describeError } from '@spt-flow/shared/domain/errors';
import { applyTurn } from './apply-turn.ts';
import { failureFingerprint, failureReport } from './fingerprint.ts';
import { runRounds, type RoundsEnd } from './model-rounds.ts';
import { givenUpText, provenText, STOPPED_TEXT, type GivenUp } from './plain-words.ts';
import { buildMessages, buildSystem } from './prompt.ts';
import { createRun, say, type TurnRun } from './turn-run.ts';
import type { TurnInput, TurnResult } from './turn-types.ts';
import { maskSecrets } from '../tools/secrets.ts';

type Ending = Pick<TurnResult, 'state'> & Partial<TurnResult>;

const MAX_SUMMARY_CHARACTERS = 500;

function result(run: TurnRun, ending: Ending): TurnResult {
  run.steps.endAll(ending.state === 'done');
  return {
    choices: [],
    changeSetId: null,
    summary: null,
    errorCode: null,
    ...ending,
    text: run.text.value,
    steps: run.steps.all,
    usage: run.usage,
    requestId: run.requestId,
  };
}

async function begin(input: TurnInput): Promise<TurnRun> {
  const { files, projectName, decisions, history, request, secrets } = input;
  const run = createRun(input, { system: [], messages: buildMessages(history, request, secrets) });
  const paths = await run.overlay.list();
  const manifest = paths.includes(APP_MANIFEST_FILE) ? await files.read(APP_MANIFEST_FILE) : null;
  return { ...run, system: buildSystem({ projectName, paths, manifest, decisions, secrets }) };
}

/** Ends of the model's part that are the end of the turn too. */
function endWithoutChange(run: TurnRun, end: RoundsEnd): TurnResult | null {
  if (end.type === 'stopped') {
    run.text.paragraph(STOPPED_TEXT);
    return result(run, { state: 'stopped' });
  }
  if (end.type === 'failed') {
    run.text.paragraph(end.text);
    return result(run, { state: 'failed', errorCode: end.code });
  }
  if (end.type === 'ask') {
    run.text.paragraph(end.question);
    return result(run, { state: 'done', choices: end.choices });
  }
  return null;
}

function summaryOf(run: TurnRun, end: RoundsEnd): string {
  const text =
    end.type === 'finish'
      ? end.summary
      : run.text.value.split('\n').findLast((line) => line.trim() !== '');
  return (text ?? `Change of ${run.input.projectName}`).trim().slice(0, MAX_SUMMARY_CHARACTERS);
}

function committed(run: TurnRun, end: RoundsEnd, change: ChangeSet): TurnResult {
  if (end.type === 'finish') run.text.paragraph(end.summary);
  run.text.paragraph(provenText(change));
  const choices = end.type === 'finish' ? end.nextSteps : [];
  return result(run, { state: 'done', changeSetId: change.id, summary: change.summary, choices });
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

async function changeLoop(run: TurnRun): Promise<TurnResult> {
  const seen = new Set<string>();
  let failure: ChangeSet | null = null;
  for (let attempt = 1; ; attempt++) {
    const end = await runRounds(run);
    const over = endWithoutChange(run, end);
    if (over) return over;
    const edits = await run.overlay.edits();
    if (failure && end.type === 'said')
      return gaveUp(run, { change: failure, attempts: attempt - 1, sameAgain: false });
    if (edits.length === 0) {
      if (end.type === 'finish') run.text.paragraph(end.summary);
      return result(run, { state: 'done' });
    }
    const change = await applyTurn(run, edits, summaryOf(run, end));
    if (isWorking(change)) return committed(run, end, change);
    failure = change;
    const fingerprint = failureFingerprint(change);
    const sameAgain = seen.has(fingerprint);
    if (sameAgain || attempt >= run.input.limits.maxChangeAttempts)
      return gaveUp(run, { change, attempts: attempt, sameAgain });
    seen.add(fingerprint);
    say(run, maskSecrets(failureReport(change), run.input.secrets));
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
