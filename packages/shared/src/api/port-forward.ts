import * as z from 'zod';

/**
 * Port forwarding WebSocket: `${API_PREFIX}/workspaces/:handle/port-forward`, for who may write. Its binary messages are
 * a tunnel (packages/tunnel) with the client in the role `client`; each connection is a stream of it.
 */
export const PORT_FORWARD_SUBPROTOCOL = 'spt-flow.port-forward.v1';

const PortNumber = z.number().int().min(1).max(65_535);

/** Heads of the streams that the client opens. */
export const ForwardRequestSchema = z.discriminatedUnion('type', [
  /** Raw bytes to a port of the workspace. */
  z.object({ type: z.literal('connect'), port: PortNumber }),
  /** Makes a port of the workspace lead to the client for as long as the stream is open; 0 takes a free one. */
  z.object({ type: z.literal('listen'), port: z.union([z.literal(0), PortNumber]) }),
]);
export type ForwardRequest = z.infer<typeof ForwardRequestSchema>;

/** The answer to each of them; `port` to `listen`. */
export const ForwardAnswerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), port: PortNumber.optional() }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);
export type ForwardAnswer = z.infer<typeof ForwardAnswerSchema>;

/** Head of the streams that the server opens: a connection to a port that the client listens on, by its stream. */
export const ForwardedConnectionSchema = z.object({
  type: z.literal('connection'),
  listener: z.number().int(),
});
export type ForwardedConnection = z.infer<typeof ForwardedConnectionSchema>;
