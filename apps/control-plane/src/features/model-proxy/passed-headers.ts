import type { IncomingHttpHeaders } from 'node:http';
import type { ModelRequest } from '@spt-flow/shared/agent-protocol/models';

const TO_SERVICE = new Set([
  ...['content-type', 'accept', 'user-agent', 'idempotency-key'],
  ...['anthropic-version', 'anthropic-beta'],
]);
const OWN_KEYS = ['x-api-key', 'authorization'];
const TO_TOOL =
  /^(?:content-type|cache-control|request-id|x-request-id|retry-after|retry-after-ms|x-should-retry|anthropic-ratelimit-.*|x-ratelimit-.*)$/;

function only(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  isPassed: (name: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value !== undefined && isPassed(name) ? [[name, String(value)] as const] : [],
    ),
  );
}

/** toService is what the service is told of a request, besides the key. */
export function toService(headers: ModelRequest['headers']): Record<string, string> {
  // Answers are passed on as they are, and read on the way.
  return { ...only(headers, (name) => TO_SERVICE.has(name)), 'accept-encoding': 'identity' };
}

/** ownKeyOf is the key that a person has set in their workspace; undefined: they have none. */
export function ownKeyOf(headers: ModelRequest['headers']): Record<string, string> | undefined {
  const own = only(headers, (name) => OWN_KEYS.includes(name));
  return Object.keys(own).length > 0 ? own : undefined;
}

/** toTool is what a tool is told of an answer. */
export function toTool(headers: IncomingHttpHeaders): Record<string, string> {
  return only(headers, (name) => TO_TOOL.test(name));
}
