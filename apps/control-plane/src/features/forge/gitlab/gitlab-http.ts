import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { ForgeProblem } from '../forge-problem.ts';
import { problemOf, unreachable } from './gitlab-problem.ts';

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface GitlabAddress {
  /** Where the control plane reaches it; may have a path. */
  readonly url: string;
  readonly token: string;
  /** PEM; null: the authorities of the machine. */
  readonly ca: string | null;
  readonly timeoutMs?: number | undefined;
  /** Ends all calls, when spt-flow stops. */
  readonly signal: AbortSignal;
}

export interface GitlabCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below `/api/v4/`, its parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Only so much of the answer's end is kept; absent: a larger answer is refused. */
  readonly tailBytes?: number;
}

export interface GitlabAnswer {
  readonly text: string;
  readonly isCut: boolean;
  readonly nextPage: string | undefined;
}

/** GitlabHttp makes one call; ForgeProblem unless it succeeded. */
export type GitlabHttp = (call: GitlabCall) => Promise<GitlabAnswer>;

/** createGitlabHttp follows no redirect: the token is for the operator's address and for no other. */
export function createGitlabHttp(address: GitlabAddress): GitlabHttp {
  return async (call) => {
    const url = new URL(`${address.url}/api/v4/${call.path}`);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const { answer, bytes, isCut } = await send(url, { call, address }).catch((cause: unknown) => {
      throw cause instanceof ForgeProblem ? cause : unreachable(cause);
    });
    const text = bytes.toString();
    const status = answer.statusCode ?? 0;
    if (status < 200 || status >= 300)
      throw problemOf({ status, text, retryAfter: answer.headers['retry-after'] }, call);
    return { text, isCut, nextPage: headerOf(answer, 'x-next-page') };
  };
}

interface Sent {
  readonly call: GitlabCall;
  readonly address: GitlabAddress;
}

interface Received {
  readonly answer: IncomingMessage;
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

function send(url: URL, { call, address }: Sent): Promise<Received> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: call.method,
        signal: AbortSignal.any([
          address.signal,
          AbortSignal.timeout(address.timeoutMs ?? TIMEOUT_MS),
        ]),
        ...(address.ca !== null && { ca: address.ca }),
        headers: {
          accept: 'application/json',
          'private-token': address.token,
          'user-agent': 'spt-flow',
          ...(body !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          }),
        },
      },
      (answer) => {
        receive(answer, call.tailBytes).then(
          (received) => resolve({ answer, ...received }),
          (error: unknown) => {
            sent.destroy();
            reject(error instanceof Error ? error : new Error('The answer broke off'));
          },
        );
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Memory is bounded whatever is sent: too much is refused, or only its end is kept. */
async function receive(answer: IncomingMessage, tailBytes: number | undefined) {
  let chunks: Buffer[] = [];
  let kept = 0;
  let isCut = false;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    kept += chunk.length;
    if (tailBytes === undefined) {
      if (kept <= MAX_ANSWER_BYTES) continue;
      throw new ForgeProblem('unexpected', 'GitLab answered with more than is read');
    }
    if (kept <= 2 * tailBytes) continue;
    const end = Buffer.concat(chunks).subarray(-tailBytes);
    [chunks, kept, isCut] = [[end], end.length, true];
  }
  const all = Buffer.concat(chunks);
  if (tailBytes === undefined || all.length <= tailBytes) return { bytes: all, isCut };
  return { bytes: all.subarray(-tailBytes), isCut: true };
}

function headerOf(answer: IncomingMessage, name: string): string | undefined {
  const value = answer.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
