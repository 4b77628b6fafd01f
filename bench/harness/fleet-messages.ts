import * as z from 'zod';

/** What the bench tells a process of clients. */
export const FleetOrderSchema = z.discriminatedUnion('type', [
  /** Agents join the control plane with tokens, and stay connected as agents do. */
  z.object({
    type: z.literal('agents'),
    url: z.string(),
    serverKey: z.string(),
    tokens: z.array(z.string()).readonly(),
    /** Absent: they print nothing. */
    lineIntervalMs: z.number().optional(),
    /** They have as many lines as are taken of them. */
    isFlooding: z.boolean().optional(),
    /** They take new versions into this folder, and trust this root; absent: they take none. */
    renewal: z.object({ folder: z.string(), root: z.string() }).optional(),
  }),
  /** Clients of the bare server send as many messages of the same size, and stay connected alike. */
  z.object({ type: z.literal('bare'), url: z.string(), count: z.number() }),
]);
export type FleetOrder = z.infer<typeof FleetOrderSchema>;

/** What the clients of one process tell whenever it changed. */
export const FleetStateSchema = z.object({
  connected: z.number(),
  /** Turned away for good: they don't try again. */
  lost: z.number(),
});
export type FleetState = z.infer<typeof FleetStateSchema>;
