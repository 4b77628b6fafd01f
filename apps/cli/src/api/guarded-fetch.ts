export const GUARD = { timeoutMs: 60_000, maxBytes: 32 * 1024 * 1024 };

/**
 * guardedFetch bounds time and size of an answer, and follows no redirect: the server is named by
 * its user, and a token goes nowhere else.
 */
export function guardedFetch(inner: typeof fetch, limits = GUARD): typeof fetch {
  return async (input, init = {}) => {
    const timeout = AbortSignal.timeout(limits.timeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    const response = await inner(input, { ...init, signal, redirect: 'manual' });
    const text = await readLimited(response, limits.maxBytes);
    const { status, headers } = response;
    return new Response(isBodyless(status) ? null : text, { status, headers });
  };
}

async function readLimited(response: Response, maxBytes: number): Promise<string> {
  if (!response.body) return '';
  const body: AsyncIterable<Uint8Array> = response.body;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isBodyless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
