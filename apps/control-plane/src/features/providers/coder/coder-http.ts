import { once } from 'node:events';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@spt-flow/shared/domain/errors';
import { problemOf, unreachable } from './coder-problem.ts';

/** Half-open sockets answer nothing at all. */
const TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_ATTEMPTS = 5;
const LONGEST_PAUSE_SECONDS = 60;

/** CoderServer is where Coder answers, and as whom we ask there. */
export interface CoderServer {
  readonly url: string;
  readonly readToken: () => Promise<string>;
  /** PEM; null: the authorities of the machine. */
  readonly ca: string | null;
  readonly organization: string;
}

export interface CoderCall {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below `/api/v2/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** CoderHttp makes one call and returns what came; AppError otherwise, `not_found` for what is not there (any more). */
export type CoderHttp = (call: CoderCall) => Promise<unknown>;

export function createCoderHttp(server: CoderServer): CoderHttp {
  async function send(call: CoderCall): Promise<Answer> {
    const url = addressOf(server, call.path, call.query);
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const headers = {
      ...(await credentials(server)),
      Accept: 'application/json',
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        {
          ...{ method: call.method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) },
          ...(server.ca !== null && { ca: server.ca }),
        },
        (answer) => {
          readAnswer(answer).then(
            (text) =>
              resolve({
                status: answer.statusCode ?? 0,
                retryAfter: answer.headers['retry-after'],
                text,
              }),
            reject,
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Coder limits how often an account may ask. */
  async function sendPatiently(call: CoderCall): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await send(call);
      if (answer.status !== 429 || attempt === MAX_ATTEMPTS) return answer;
      await delay(pauseSeconds(answer.retryAfter) * 1000, undefined, { ref: false });
    }
  }

  return async (call) => {
    const { status, text } = await sendPatiently(call).catch((cause: unknown) => {
      throw cause instanceof AppError ? cause : unreachable(server.url, cause);
    });
    const body = parse(text);
    if (status < 200 || status >= 300) throw problemOf(status, body);
    if (text !== '' && body === undefined)
      throw unreachable(server.url, 'what answers there is not Coder');
    return body;
  };
}

/** addressOf is below the URL of the server, which may have a path of its own. */
export function addressOf(
  server: Pick<CoderServer, 'url'>,
  path: string,
  query: Readonly<Record<string, string>> = {},
): URL {
  const url = new URL(`${server.url}/api/v2/${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** AppError `coder_access_lost` when there is no token. */
export async function credentials(
  server: Pick<CoderServer, 'readToken'>,
): Promise<{ 'Coder-Session-Token': string }> {
  const token = await server.readToken().catch((cause: unknown) => {
    throw new AppError('coder_access_lost', 'The file with the token of Coder can’t be read', {
      cause,
    });
  });
  // Anything else would be an error of the HTTP client, which repeats what it was given.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new AppError('coder_access_lost', 'The file with the token of Coder holds no token');
  return { 'Coder-Session-Token': token };
}

/** readAnswer is never longer than anything that Coder says. */
export async function readAnswer(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  answer.on('data', (chunk: Buffer) => {
    size += chunk.length;
    chunks.push(chunk);
    if (size > MAX_ANSWER_BYTES) answer.destroy(new Error('the answer is too long'));
  });
  await once(answer, 'end');
  return Buffer.concat(chunks).toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A proxy in between answers with a page.
  }
}

function pauseSeconds(retryAfter: string | undefined): number {
  const seconds = Number(retryAfter ?? '1');
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), LONGEST_PAUSE_SECONDS) : 1;
}
