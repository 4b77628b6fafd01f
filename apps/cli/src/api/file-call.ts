import { Readable } from 'node:stream';
import { ApiError } from '@spt-flow/shared/api/client';
import { envelopeOf } from '@spt-flow/shared/api/envelope';
import { WorkspaceSchema } from '@spt-flow/shared/api/workspaces';

export interface FileCall {
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/** download asks for what is a stream, and no answer in JSON unless it is refused. */
export async function download(
  files: FileCall,
  path: string,
  method: 'GET' | 'POST',
): Promise<Readable> {
  const response = await send(files, path, { method });
  if (response.ok && response.body) return Readable.from(response.body);
  return refused(response);
}

export async function send(
  { server, headers, fetch, signal }: FileCall,
  path: string,
  { type, ...init }: Omit<RequestInit, 'headers'> & { type?: string },
): Promise<Response> {
  const content = type === undefined ? {} : { 'content-type': type };
  const request = { ...init, headers: { ...headers, ...content }, signal };
  try {
    // A token goes to the server that its user named, and nowhere else.
    return await fetch(server + path, { ...request, redirect: 'manual' });
  } catch (cause) {
    signal.throwIfAborted();
    throw new ApiError('The connection to spt-flow ended', {
      ...{ code: 'unreachable', status: 0, correlationId: '', cause },
    });
  }
}

export async function refused(response: Response): Promise<never> {
  const { status } = response;
  const answer = envelopeOf(WorkspaceSchema).safeParse(
    await response.json().catch(() => undefined),
  );
  if (answer.data?.error) {
    const { message, ...error } = answer.data.error;
    throw new ApiError(message, { ...error, status });
  }
  throw new ApiError('The answer is not one of spt-flow', {
    ...{ code: 'bad_answer', status, correlationId: '' },
  });
}
