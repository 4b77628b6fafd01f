import { once } from 'node:events';
import http from 'node:http';
import { text as streamText } from 'node:stream/consumers';
import { ErrorBodySchema } from '@spt-flow/shared/api/envelope';
import * as z from 'zod';

const FailureSchema = z.object({
  success: z.literal(false),
  data: z.null(),
  error: ErrorBodySchema.extend({
    code: z.string().min(1),
    message: z.string().min(1),
    correlationId: z.string().min(8),
  }),
});

const ResponseSchema = z.tuple([z.instanceof(http.IncomingMessage)]);

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

/** The limit of requests counts by address: here none makes so many that the limit would be what is tested. */
const REQUESTS_PER_ADDRESS = 500;
let sent = 0;

/** request sends what no well-behaved client would. */
export async function request(origin: string, raw: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  const asking = http.request({
    ...{ port, path: raw.path, method: raw.method },
    host: hostname === 'localhost' ? '127.0.0.1' : hostname,
    localAddress: `127.0.0.${2 + Math.floor(sent++ / REQUESTS_PER_ADDRESS)}`,
    headers: {
      host: `${hostname}:${port}`,
      ...(raw.body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(raw.body),
      }),
      ...(raw.token !== undefined && { authorization: `Bearer ${raw.token}` }),
      ...raw.headers,
    },
  });
  const answered = once(asking, 'response');
  // What is refused before it was read as a whole can't be sent to its end.
  asking.on('error', () => undefined);
  asking.end(raw.body);
  const [response] = ResponseSchema.parse(await answered);
  const text = await streamText(response);
  return { status: response.statusCode ?? 0, text, code: codeOf(text) };
}

function codeOf(text: string): string | undefined {
  try {
    return FailureSchema.parse(JSON.parse(text)).error.code;
  } catch {
    // Not a failure in the envelope.
    return undefined;
  }
}
