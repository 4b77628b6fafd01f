import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { ErrorCode } from '@spt-flow/shared/domain/errors';
import { isFine } from './look-at-page.ts';
import type { PageProof } from './turn-types.ts';
import type { FailureKind } from '../providers/model-provider.ts';

export interface PlainFailure {
  readonly code: ErrorCode;
  readonly text: string;
}

const UNCHANGED = 'Your app is unchanged.';

const BY_KIND: Readonly<Record<FailureKind, PlainFailure>> = {
  badRequest: { code: 'model_bad_answer', text: 'The AI service did not accept the request.' },
  noVision: {
    code: 'model_bad_answer',
    text: 'The AI model that is set cannot look at pictures. Describe in words what they show.',
  },
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

const SOON = 'Try again in a few minutes.';
const SOON_MS = 5 * 60_000;

/** The next step, when the service said how long it wants to be left alone. */
function whenToTry(retryAfterMs: number | null): string {
  if (retryAfterMs === null || retryAfterMs <= SOON_MS) return SOON;
  const minutes = Math.ceil(retryAfterMs / 60_000);
  if (minutes < 90) return `Try again in ${minutes} minutes.`;
  return `Try again in ${Math.ceil(minutes / 60)} hours.`;
}

/** plainFailure says what happened, that the app is safe, and what happens next. */
export function plainFailure(kind: FailureKind, retryAfterMs: number | null = null): PlainFailure {
  const { code, text } = BY_KIND[kind];
  return { code, text: `${text.replace(SOON, whenToTry(retryAfterMs))} ${UNCHANGED}` };
}

/** serviceText says what is wrong, without the app of anybody. */
export function serviceText(kind: FailureKind): string {
  return BY_KIND[kind].text;
}

/** keptText says instead that a change of this turn was kept before it ended otherwise. */
export function keptText(text: string): string {
  return text.replace(UNCHANGED, 'The change that was saved before is kept; you can undo it.');
}

export const STOPPED_TEXT = `Stopped. ${UNCHANGED}`;
export const DECLINED_TEXT = `The plan is put aside. ${UNCHANGED}`;
export const REFUSED_TEXT = `The AI declined this request. ${UNCHANGED} Try to describe what you need in another way.`;
export const MONEY_TEXT = `The budget of this project for AI does not pay for another answer, so nothing was asked. ${UNCHANGED} An admin can raise the budget.`;
export const BUDGET_TEXT = `This took more work than one message may use, so it was stopped. ${UNCHANGED} Ask for a smaller step.`;

/** provenText says what was seen of the running app; only a committed change may call it. */
export function provenText({ probe }: ChangeSet, proof: PageProof | null): string {
  if (probe?.status == null) return 'Saved. There is no app to start yet.';
  const answered = `your app is running and answered with ${probe.status} in ${Math.round(probe.durationMs)} ms`;
  if (!proof) return `Done: ${answered}.`;
  if (isFine(proof)) return `Done: ${answered}. Its page opened in a browser.`;
  return `Saved: ${answered}, but its page reports errors in a browser:\n\n${quoted(proof.problems.join('\n'))}\n\nYou can ask to have them corrected, or undo the change.`;
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
  const reason = (change.reason ?? 'No reason was given').trim();
  return `${tries}${loop}. ${SAFE[change.outcome]}\n\nThe problem was:\n\n${quoted(reason)}\n\n${nextAfter(reason)}`;
}

/** What npm, pip, Go and git print when they cannot reach what they want to fetch. */
const NOT_FETCHED =
  /\b(?:ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|NewConnectionError|ConnectTimeoutError|SSLError|UNABLE_TO_GET_ISSUER_CERT\w*|(?:DEPTH_ZERO_)?SELF_SIGNED_CERT\w*)\b|could not resolve host|name resolution|no such host|network is unreachable|failed to verify certificate/i;

/** What no other words of the person would mend, and what does. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    NOT_FETCHED,
    'It seems that something the app needs could not be fetched from the network. Send it again when the connection works; an admin can look why it does not.',
  ],
  [
    /\bEADDRINUSE\b|\baddress already in use\b/i,
    'Another program uses the port of your app. Stop the machine of the project and start it again, which gives the app another port if one is needed; then send it again.',
  ],
  [
    /: (?:command )?not found$/m,
    'The machine of the project lacks a program that the app needs. An admin can give it an image that has it; then send it again.',
  ],
];

function nextAfter(reason: string): string {
  const cause = CAUSES.find(([sign]) => sign.test(reason));
  return cause?.[1] ?? 'You can describe the change in another way, or ask for a smaller step.';
}

function quoted(text: string): string {
  return `\`\`\`\n${text.slice(0, MAX_REASON_CHARACTERS).replaceAll('```', "'''")}\n\`\`\``;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
