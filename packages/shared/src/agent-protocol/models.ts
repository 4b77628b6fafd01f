import * as z from 'zod/mini';

/** How many requests of a workspace may wait to be taken. */
export const MAX_WAITING_MODEL_REQUESTS = 64;
/** A line of either direction is never longer. */
export const MAX_MODEL_LINE = 64 * 1024;

/** What a service speaks: the Messages API of Claude, or chat completions. */
export const MODEL_APIS = ['anthropic', 'openai'] as const;
export type ModelApi = (typeof MODEL_APIS)[number];

const Headers = z.record(z.string().check(z.maxLength(128)), z.string().check(z.maxLength(16_384)));

/** Response data of `models`: where the agent listens on the workspace's loopback. */
export const ModelsStartedSchema = z.object({ port: z.number() });
export type ModelsStarted = z.infer<typeof ModelsStartedSchema>;

/** Body of the `models` stream, one JSON document per line. The agent wants a token, or has a request to be taken. */
export const ModelNoticeSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('token') }),
  z.object({ type: z.literal('request'), requestId: z.uuid() }),
]);
export type ModelNotice = z.infer<typeof ModelNoticeSchema>;

/** The control plane's answer to each `token`, in order. It stays in the agent's memory. */
export const ModelTokenSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), token: z.string(), lifetimeSeconds: z.number() }),
  z.object({
    ok: z.literal(false),
    status: z.number(),
    code: z.string(),
    message: z.string(),
  }),
]);
export type ModelToken = z.infer<typeof ModelTokenSchema>;

/** Response data of `models.take`; the body that follows is the request's. */
export const ModelRequestSchema = z.object({
  token: z.string().check(z.maxLength(256)),
  httpMethod: z.string().check(z.maxLength(16)),
  /** With the query. */
  path: z.string().check(z.maxLength(2048)),
  /** Names in lower case; `x-api-key` and `authorization` only where they are a key of the person's own. */
  headers: Headers,
});
export type ModelRequest = z.infer<typeof ModelRequestSchema>;

/** First line of what the control plane writes on a `models.take` stream; the answer's body follows as it is. */
export const ModelAnswerSchema = z.object({
  status: z.number().check(z.int(), z.gte(200), z.lte(599)),
  headers: Headers,
});
export type ModelAnswer = z.infer<typeof ModelAnswerSchema>;
