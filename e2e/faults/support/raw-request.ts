import { ErrorBodySchema } from '@spt-flow/shared/api/envelope';
import { z } from 'zod';

const FailureSchema = z.object({
  success: z.literal(false),
  data: z.null(),
  error: ErrorBodySchema.extend({
    code: z.string().min(1),
    message: z.string().min(1),
    correlationId: z.string().min(8),
  }),
});

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawAnswer {
  readonly status: number;
  /** Undefined when the answer is not a failure in the envelope. */
  readonly code: string | undefined;
  readonly text: string;
}

/** request sends what no well-behaved client would. */
export async function request(origin: string, raw: RawRequest): Promise<RawAnswer> {
  const response = await fetch(origin + raw.path, {
    method: raw.method,
    headers: {
      ...(raw.body !== undefined && { 'content-type': 'application/json' }),
      ...(raw.token !== undefined && { authorization: `Bearer ${raw.token}` }),
      ...raw.headers,
    },
    ...(raw.body !== undefined && { body: raw.body }),
  });
  const text = await response.text();
  return { status: response.status, text, code: codeOf(text) };
}

function codeOf(text: string): string | undefined {
  try {
    return FailureSchema.parse(JSON.parse(text)).error.code;
  } catch {
    // Not a failure in the envelope.
    return undefined;
  }
}
