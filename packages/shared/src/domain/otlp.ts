type Value = string | number | null;

/** Span is a piece of work that took its time, as part of a trace. */
export interface Span {
  readonly name: string;
  readonly kind: keyof typeof KINDS;
  /** 32 and 16 hexadecimal digits. */
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined: nothing is above it. */
  readonly parentId?: string | undefined;
  /** Since the epoch. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** Null: it went well. */
  readonly failure: string | null;
  readonly attributes: Readonly<Record<string, Value>>;
}

/** Codes of OpenTelemetry. */
const KINDS = { internal: 1, server: 2, client: 3 };
const STATUS = { ok: 1, error: 2 };
const TRACE_ID = /^[0-9a-f]{32}$/;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

/** toOtlp writes spans as OpenTelemetry's JSON has them. */
export function toOtlp(
  source: { readonly service: string; readonly scope: string },
  spans: readonly Span[],
): object {
  const resource = { attributes: toAttributes({ 'service.name': source.service }) };
  const scopeSpans = [{ scope: { name: source.scope }, spans: spans.map(toSpan) }];
  return { resourceSpans: [{ resource, scopeSpans }] };
}

/** traceIdOf is the trace of an operation: its correlation id, where that has the form, in which UUIDs are too. */
export function traceIdOf(correlationId: string): string {
  const plain = correlationId.replaceAll('-', '').toLowerCase();
  if (TRACE_ID.test(plain)) return plain;
  const codes = Array.from(correlationId, (letter) =>
    (letter.codePointAt(0) ?? 0).toString(16).padStart(2, '0'),
  );
  return codes.join('').padEnd(32, '0').slice(0, 32);
}

/** traceparentOf is how W3C says under which span another process works. */
export function traceparentOf({ traceId, spanId }: Pick<Span, 'traceId' | 'spanId'>): string {
  return `00-${traceId}-${spanId}-01`;
}

export function parseTraceparent(text: string): Pick<Span, 'traceId' | 'spanId'> | undefined {
  const [, traceId, spanId] = TRACEPARENT.exec(text) ?? [];
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
}

function toSpan(span: Span) {
  const { name, kind, traceId, spanId, parentId, failure } = span;
  return {
    ...{ name, traceId, spanId, kind: KINDS[kind] },
    ...(parentId !== undefined && { parentSpanId: parentId }),
    startTimeUnixNano: toNanos(span.startedMs),
    endTimeUnixNano: toNanos(span.endedMs),
    attributes: toAttributes(span.attributes),
    status: failure === null ? { code: STATUS.ok } : { code: STATUS.error, message: failure },
  };
}

function toAttributes(values: Readonly<Record<string, Value>>) {
  return Object.entries(values).flatMap(([key, value]) =>
    value === null ? [] : [{ key, value: toValue(value) }],
  );
}

function toValue(value: string | number) {
  if (typeof value === 'string') return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Beyond what a number holds exactly. */
function toNanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}
