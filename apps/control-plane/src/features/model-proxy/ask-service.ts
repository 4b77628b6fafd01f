import { request as askHttp, type IncomingMessage } from 'node:http';
import { request as askHttps } from 'node:https';
import { AppError } from '@spt-flow/shared/domain/errors';

/** Without a byte in either direction; services answer within ten minutes or not at all. */
const SILENCE_LIMIT_MS = 600_000;

export interface ServiceRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly signal: AbortSignal;
}

/** askService sends a request and returns the answer as it begins; it follows no redirect, which would take the key elsewhere. */
export function askService(asked: ServiceRequest): Promise<IncomingMessage> {
  const { url, method, headers, body, signal } = asked;
  const length = body ? { 'content-length': String(body.length) } : {};
  const send = url.protocol === 'https:' ? askHttps : askHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers: { ...headers, ...length }, signal });
    request.setTimeout(SILENCE_LIMIT_MS, () => request.destroy(new AppError('model_unavailable')));
    request.once('response', resolve);
    request.on('error', (cause) => {
      reject(signal.aborted ? cause : new AppError('model_unavailable', undefined, { cause }));
    });
    request.end(body);
  });
}
