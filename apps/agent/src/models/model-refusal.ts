import type { ServerResponse } from 'node:http';

export interface ModelRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** sendRefusal answers in a form that clients of either API read: both look for a type and a message in `error`. */
export function sendRefusal(
  response: ServerResponse,
  { status, code, message }: ModelRefusal,
): void {
  const type = status === 401 ? 'authentication_error' : 'api_error';
  const error = { type, message: `${message} (spt-flow: ${code})`, code };
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ type: 'error', error }));
}
