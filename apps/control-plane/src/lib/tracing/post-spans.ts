import { toOtlp, type Span } from '@spt-flow/shared/domain/otlp';

const TIMEOUT_MS = 10_000;

export interface SpanReceiver {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As what the spans are told of. */
  readonly source: { readonly service: string; readonly scope: string };
}

/** postSpans sends spans to a receiver of OTLP over HTTP. */
export async function postSpans(
  { url, headers, source }: SpanReceiver,
  spans: readonly Span[],
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    // A redirect would carry the headers elsewhere.
    redirect: 'error',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(toOtlp(source, spans)),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`The receiver of traces answered ${response.status}`);
}
