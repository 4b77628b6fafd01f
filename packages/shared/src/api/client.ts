import * as z from 'zod';
import { API_PREFIX, CORRELATION_HEADER } from './common.ts';
import { envelopeOf } from './envelope.ts';
import type { RouteContract, RouteData, RouteInput } from './route.ts';

/** ApiError is a failed call as the client sees it: the server's code, or `unreachable` / `bad_answer`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly correlationId: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    message: string,
    context: {
      code: string;
      status: number;
      correlationId: string;
      details?: Record<string, unknown> | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { cause: context.cause });
    this.code = context.code;
    this.status = context.status;
    this.correlationId = context.correlationId;
    this.details = context.details;
  }
}

export interface ApiClientOptions {
  /** Origin of the control plane; empty in the dashboard, which is served by it. */
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  readonly headers?: () => Record<string, string>;
  readonly newCorrelationId: () => string;
}

interface AnyInput {
  params?: unknown;
  query?: unknown;
  body?: unknown;
}

export type ApiClient = ReturnType<typeof createApiClient>;

/** createApiClient returns the one typed way to call the API; dashboard and CLI share it. */
export function createApiClient(options: ApiClientOptions) {
  async function call<T extends RouteContract>(
    route: T,
    input: RouteInput<T>,
    init: { signal?: AbortSignal } = {},
  ): Promise<RouteData<T>> {
    const correlationId = options.newCorrelationId();
    const parts: AnyInput = input ?? {};
    const response = await send(route, parts, { ...init, correlationId });
    const parsed = envelopeOf(z.unknown()).safeParse(await readJson(response, correlationId));
    if (!parsed.success) throw badAnswer(response.status, correlationId, parsed.error);
    const { error, data } = parsed.data;
    if (error) throw new ApiError(error.message, { ...error, status: response.status });
    const result = route.response.safeParse(data);
    if (!result.success) throw badAnswer(response.status, correlationId, result.error);
    return result.data as RouteData<T>;
  }

  async function send(
    route: RouteContract,
    parts: AnyInput,
    init: { signal?: AbortSignal; correlationId: string },
  ): Promise<Response> {
    const hasBody = parts.body !== undefined;
    try {
      return await options.fetch(options.baseUrl + buildPath(route.path, parts), {
        method: route.method,
        headers: {
          [CORRELATION_HEADER]: init.correlationId,
          ...(hasBody && { 'content-type': 'application/json' }),
          ...options.headers?.(),
        },
        ...(hasBody && { body: JSON.stringify(parts.body) }),
        ...(init.signal && { signal: init.signal }),
      });
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      throw new ApiError('spt-flow does not answer', {
        code: 'unreachable',
        status: 0,
        correlationId: init.correlationId,
        cause,
      });
    }
  }

  return { call, baseUrl: options.baseUrl };
}

function buildPath(path: string, parts: AnyInput): string {
  const params = z.record(z.string(), z.coerce.string()).parse(parts.params ?? {});
  const filled = path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  );
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parts.query ?? {})) {
    if (value !== undefined) query.set(key, String(value));
  }
  const search = query.toString();
  return search === '' ? filled : `${filled}?${search}`;
}

async function readJson(response: Response, correlationId: string): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw badAnswer(response.status, correlationId, cause);
  }
}

function badAnswer(status: number, correlationId: string, cause: unknown): ApiError {
  return new ApiError(`The answer is not one of spt-flow's ${API_PREFIX}`, {
    code: 'bad_answer',
    status,
    correlationId,
    cause,
  });
}
