import * as z from 'zod';

/** `name=value` with commas between, values with what URLs escape: as OpenTelemetry has it. */
const Headers = z.string().transform((text, context) => {
  const pairs = text.split(',').map((pair) => /^\s*([\w-]+)\s*=\s*(\S*)\s*$/.exec(pair));
  // Without the text: it holds a key.
  if (pairs.some((pair) => pair === null)) {
    context.addIssue({ code: 'custom', message: 'must be name=value with , between' });
    return z.NEVER;
  }
  const entries = pairs.map((pair) => [pair?.[1] ?? '', unescape(pair?.[2] ?? '')] as const);
  return Object.fromEntries(entries);
});

/** Where spans are sent, by the names that OpenTelemetry gives. */
export const TELEMETRY_VARIABLES = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: Headers.optional(),
};
type Variables = z.infer<z.ZodObject<typeof TELEMETRY_VARIABLES>>;

/** telemetryOf is null where nobody wants spans. */
export function telemetryOf(variables: Variables) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = variables;
  if (endpoint === undefined) return null;
  return { endpoint, headers: variables.OTEL_EXPORTER_OTLP_HEADERS ?? {} };
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
