const LONGEST_MS = 10_000;
/** Larger than any honest list of groups. */
const MOST_BYTES = 1024 * 1024;

export interface BoundedRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: RequestInit['body'] | undefined;
}

/** NoAnswerError is no answer of a service, or none that is worth reading. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** boundedFetch asks a service that is not ours: it has ten seconds, a mebibyte, and sends us nowhere else. */
export async function boundedFetch(url: string, request: BoundedRequest = {}): Promise<Response> {
  const { host } = new URL(url);
  try {
    const response = await fetch(url, {
      ...request,
      body: request.body ?? null,
      redirect: 'manual',
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    const { status, headers } = response;
    if (status === 429 || status >= 500)
      throw new NoAnswerError(`${host} answers with ${String(status)}`);
    const body = await readAll(response, host);
    return new Response(body.length > 0 ? body : null, { status, headers });
  } catch (cause) {
    if (cause instanceof NoAnswerError) throw cause;
    throw new NoAnswerError(`${host} does not answer`, { cause });
  }
}

async function readAll(response: Response, host: string): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | [] = response.body ?? [];
  // Leaving the loop ends the connection.
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw new NoAnswerError(`${host} answers too much`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
