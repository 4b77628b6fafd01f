import type { IncomingMessage } from 'node:http';
import { ApiError } from '@spt-flow/shared/api/client';
import { ErrorBodySchema } from '@spt-flow/shared/api/envelope';
import * as z from 'zod';
import { parseJson } from '../core/json.ts';

const MAX_REFUSAL_BYTES = 64 * 1024;

interface Caller {
  readonly correlationId: string;
}

const RefusalSchema = z.object({ error: ErrorBodySchema });

/** readRefusal reads what the server answered instead of opening the connection. */
export async function readRefusal(response: IncomingMessage, request: Caller): Promise<ApiError> {
  const status = response.statusCode ?? 0;
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > MAX_REFUSAL_BYTES) break;
  }
  const parsed = RefusalSchema.safeParse(parseJson(text));
  if (parsed.success) {
    const { message, ...body } = parsed.data.error;
    return new ApiError(message, { ...body, status });
  }
  const { correlationId } = request;
  return new ApiError('The connection was refused', { code: 'bad_answer', status, correlationId });
}

/** unreachable is the error of a connection that could not be made. */
export function unreachable({ correlationId }: Caller, cause: unknown): ApiError {
  return new ApiError('spt-flow does not answer', {
    code: 'unreachable',
    status: 0,
    correlationId,
    cause,
  });
}
