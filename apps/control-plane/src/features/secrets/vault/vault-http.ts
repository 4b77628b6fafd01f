import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { finished } from 'node:stream/promises';
import * as z from 'zod';
import { problemOf, unreachable, VaultProblem } from './vault-problem.ts';
import type { VaultSettings } from './vault-settings.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const AnswerSchema = z.object({
  lease_id: z.string().default(''),
  lease_duration: z.number().default(0),
  renewable: z.boolean().default(false),
  data: z.record(z.string(), z.unknown()).nullish(),
  auth: z
    .object({ client_token: z.string(), lease_duration: z.number(), renewable: z.boolean() })
    .nullish(),
  errors: z.array(z.string()).default([]),
});
export type VaultBody = z.infer<typeof AnswerSchema>;

export interface VaultCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/v1/`. */
  readonly path: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
}

/** VaultHttp makes one call; null: there is nothing (404 without data). VaultProblem otherwise. */
export type VaultHttp = (call: VaultCall) => Promise<VaultBody | null>;

interface RawAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

export function createVaultHttp(
  settings: Pick<VaultSettings, 'address' | 'namespace' | 'ca'>,
): VaultHttp {
  const base = settings.address.replace(/\/$/, '');

  async function send(url: URL, call: VaultCall): Promise<RawAnswer> {
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        {
          method: call.method,
          timeout: TIMEOUT_MS,
          signal: AbortSignal.timeout(TIMEOUT_MS),
          ...(settings.ca !== null && { ca: settings.ca }),
          headers: {
            'X-Vault-Request': 'true',
            ...(call.token !== undefined && { 'X-Vault-Token': call.token }),
            ...(settings.namespace !== null && { 'X-Vault-Namespace': settings.namespace }),
            ...(body !== undefined && { 'Content-Type': 'application/json' }),
          },
        },
        (answer) => {
          textOf(answer).then(
            (all) =>
              resolve({
                status: answer.statusCode ?? 0,
                location: answer.headers.location,
                text: all,
              }),
            reject,
          );
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }

  /** A standby names the active one. The token goes nowhere that is less safe. */
  async function sendOn(url: URL, call: VaultCall): Promise<RawAnswer> {
    const answer = await send(url, call);
    if (![307, 308].includes(answer.status) || answer.location === undefined) return answer;
    const next = new URL(answer.location, url);
    if (next.protocol !== url.protocol)
      throw new VaultProblem('refused', 'Vault sends on to an address without TLS');
    return send(next, call);
  }

  return async (call) => {
    const answer = await sendOn(new URL(`${base}/v1/${call.path}`), call).catch(
      (cause: unknown) => {
        throw cause instanceof VaultProblem ? cause : unreachable(base, cause);
      },
    );
    const { status } = answer;
    if (status === 204 || (status >= 200 && status < 300 && answer.text === ''))
      return AnswerSchema.parse({});
    const body = bodyOf(answer);
    if (status >= 200 && status < 300) return body;
    if (status === 404) return body.data ? body : null;
    throw problemOf({ status, errors: body.errors }, call.path);
  };
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      answer.destroy(
        new VaultProblem('refused', 'What answers there is not Vault: it sends too much'),
      );
  });
  await finished(answer);
  return Buffer.concat(chunks).toString('utf8');
}

function bodyOf({ status, text: all }: RawAnswer): VaultBody {
  const isSuccess = status >= 200 && status < 300;
  try {
    return AnswerSchema.parse(JSON.parse(all));
  } catch (cause) {
    if (!isSuccess) return AnswerSchema.parse({});
    throw new VaultProblem('refused', 'What answers there is not Vault', { status, cause });
  }
}
