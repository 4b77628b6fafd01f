import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { ErrorCode } from '@spt-flow/shared/domain/errors';
import type { FailureKind } from '../providers/model-provider.ts';

export interface PlainFailure {
  readonly code: ErrorCode;
  readonly text: string;
}

const UNCHANGED = 'Your app is unchanged.';

const BY_KIND: Readonly<Record<FailureKind, PlainFailure>> = {
  badRequest: { code: 'model_bad_answer', text: 'The AI service did not accept the request.' },
  wrongKey: {
    code: 'model_refused_key',
    text: 'The AI service refused the key. Ask an admin to check the model key.',
  },
  noCredit: {
    code: 'model_no_credit',
    text: 'The AI account has no credit left or has reached its spending limit. Ask an admin.',
  },
  notPermitted: {
    code: 'model_refused_key',
    text: 'The key may not use this AI model. Ask an admin to check it.',
  },
  unknownModel: {
    code: 'model_unavailable',
    text: 'The AI service does not know the model that is set. Ask an admin to choose another one.',
  },
  tooLarge: {
    code: 'model_bad_answer',
    text: 'The project is too large for one request. Ask for a smaller change.',
  },
  rateLimited: {
    code: 'model_unavailable',
    text: 'The AI service gets too many requests right now. Try again in a few minutes.',
  },
  serviceError: {
    code: 'model_unavailable',
    text: 'The AI service has a problem right now. Try again in a few minutes.',
  },
  overloaded: {
    code: 'model_unavailable',
    text: 'The AI service is overloaded right now. Try again in a few minutes.',
  },
  timeout: {
    code: 'model_unavailable',
    text: 'The AI service stopped answering. Try again in a few minutes.',
  },
  connection: {
    code: 'model_unavailable',
    text: 'The connection to the AI service was lost. Try again in a few minutes.',
  },
  malformed: {
    code: 'model_bad_answer',
    text: 'The AI gave an answer that could not be used. Send the message again.',
  },
  endless: {
    code: 'model_bad_answer',
    text: 'The AI did not come to an end and was stopped. Ask for a smaller change.',
  },
  aborted: { code: 'model_unavailable', text: 'The AI was stopped.' },
};

export function plainFailure(kind: FailureKind): PlainFailure {
  const { code, text } = BY_KIND[kind];
  return { code, text: `${text} ${UNCHANGED}` };
}

export const STOPPED_TEXT = `Stopped. ${UNCHANGED}`;
export const REFUSED_TEXT = `The AI declined this request. ${UNCHANGED} Try to describe what you need in another way.`;
export const BUDGET_TEXT = `This took more work than one message may use, so it was stopped. ${UNCHANGED} Ask for a smaller step.`;

/** provenText says what was seen of the running app; only a committed change may call it. */
export function provenText({ probe }: ChangeSet): string {
  if (probe?.status == null) return 'Saved. There is no app to start yet.';
  return `Done: your app is running and answered with ${probe.status} in ${Math.round(probe.durationMs)} ms.`;
}

export interface GivenUp {
  readonly change: ChangeSet;
  readonly attempts: number;
  readonly sameAgain: boolean;
}

const MAX_REASON_CHARACTERS = 600;

const SAFE: Readonly<Record<ChangeSet['outcome'], string>> = {
  committed: 'It did not work before either; what I changed is kept.',
  rolled_back: 'It was undone by itself; your app is as it was before.',
  rejected: UNCHANGED,
};

/** givenUpText ends a turn whose change never worked: what happened, what is safe, what to do next. */
export function givenUpText({ change, attempts, sameAgain }: GivenUp): string {
  const failed =
    change.outcome === 'committed' ? 'your app still does not work' : 'the change did not work';
  const tries = attempts === 1 ? capitalized(failed) : `I tried ${attempts} times, but ${failed}`;
  const loop = sameAgain ? ' and failed in the same way again, so I stopped' : '';
  const reason = (change.reason ?? 'No reason was given').trim().slice(0, MAX_REASON_CHARACTERS);
  return `${tries}${loop}. ${SAFE[change.outcome]}\n\nThe problem was:\n\n\`\`\`\n${reason.replaceAll('```', "'''")}\n\`\`\`\n\nYou can describe the change in another way, or ask for a smaller step.`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
