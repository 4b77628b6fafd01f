import * as z from 'zod/mini';

/** A machine without an invitation asks here to join; the answers are the API's. */
export const SERVER_JOINS_PATH = '/api/v1/server-joins';
export const SERVER_JOIN_RESULT_PATH = '/api/v1/server-joins/result';

const Digest = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

export const StartedJoinSchema = z.object({
  deviceCode: z.string().check(z.minLength(20), z.maxLength(200)),
  userCode: z.string().check(z.regex(/^[A-Z]{4}-[A-Z]{4}$/)),
  verificationUrl: z.string().check(z.regex(/^https?:\/\/[\x21-\x7e]+$/)),
  expiresInSeconds: z.number(),
  intervalSeconds: z.number().check(z.gte(1), z.lte(60)),
  serverKey: Digest,
  /** What agents of this version can do. */
  channelBinding: z.enum(['tls-exporter', 'inner-kx', 'none']),
});
export type StartedJoin = z.infer<typeof StartedJoinSchema>;

export const JoinResultSchema = z.object({ name: z.string().check(z.maxLength(63)) });

/** What an answer of the API looks like from afar. */
export const AnswerSchema = z.union([
  z.object({ success: z.literal(true), data: z.unknown() }),
  z.object({
    success: z.literal(false),
    error: z.object({ code: z.string(), message: z.string() }),
  }),
]);
