import * as z from 'zod';
import { failure, retryAfterMs, verdictOfStatus } from '../failure.ts';
import type { ModelEvent } from '../model-provider.ts';

/** As OpenAI writes errors, and the plain text that others put in their place. */
export const ErrorBodySchema = z.looseObject({
  error: z.union([
    z.string(),
    z.looseObject({
      message: z.string().nullish(),
      type: z.string().nullish(),
      code: z.union([z.string(), z.number()]).nullish(),
    }),
  ]),
});
type ErrorBody = z.infer<typeof ErrorBodySchema>;

/** There is no code for it: servers only say so. */
const NO_TOOLS =
  /does not support (?:tools|function|tool)|tool(?:s| choice)? (?:is|are) not supported/i;
const NO_IMAGES =
  /(?:does not|doesn't|not) support (?:image|vision|multimodal)|image_url is only supported|not a multimodal model|image input is not supported/i;
const CONTEXT_FULL = /context length|context_length|maximum context|too many tokens/i;

export interface ServerError {
  readonly status: number;
  readonly headers?: Headers;
  readonly body: string;
}

function bodyOf(text: string): ErrorBody['error'] | null {
  try {
    return ErrorBodySchema.parse(JSON.parse(text)).error;
  } catch {
    // A gateway's own page: its status has to do.
    return null;
  }
}

function wordsOf(error: ErrorBody['error'] | null): { code: string; message: string } {
  if (error === null) return { code: '', message: '' };
  if (typeof error === 'string') return { code: '', message: error };
  return { code: String(error.code ?? ''), message: error.message ?? '' };
}

/** saysNoTools is true when the model that was asked cannot call tools at all. */
export function saysNoTools({ status, body }: ServerError): boolean {
  return status === 400 && NO_TOOLS.test(wordsOf(bodyOf(body)).message);
}

/** toEvent says what an answer that is none means for the turn. */
export function toEvent({ status, headers, body }: ServerError, now: number): ModelEvent {
  const { code, message } = wordsOf(bodyOf(body));
  if (code === 'context_length_exceeded' || (status === 400 && CONTEXT_FULL.test(message)))
    return { type: 'done', reason: 'contextFull' };
  const requestId = headers?.get('x-request-id') ?? null;
  if (status >= 400 && NO_IMAGES.test(message)) return failure('noVision', false, requestId);
  if (code === 'insufficient_quota') return failure('noCredit', false, requestId);
  const { kind, retryable } = verdictOfStatus(status);
  return { ...failure(kind, retryable, requestId), retryAfterMs: retryAfterMs(headers, now) };
}

/** An error inside a stream that had begun well: its type is all that is known. */
export function toStreamFailure(error: ErrorBody['error']): ModelEvent {
  const { code } = wordsOf(error);
  const status = Number(code);
  return toEvent(
    { status: status >= 400 ? status : 500, body: JSON.stringify({ error }) },
    Date.now(),
  );
}
