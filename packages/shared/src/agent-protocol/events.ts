import * as z from 'zod/mini';
import { boundedArray } from './bounded-array.ts';
import { SignedReceiptSchema } from './change-set.ts';
import { UpdateOutcomeSchema } from './updates.ts';

/** How often the agent reports; silence for three intervals means that it is gone. */
export const HEARTBEAT_INTERVAL_MS = 10_000;

/** Whole, and small enough for a column of the database: what an agent tells is stored together with what others tell. */
const Count = z.number().check(z.int(), z.gte(0));

/** What the agent tells on its `events` stream, one JSON document per line. Log lines wait in its spool while offline. */
export const AgentEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('heartbeat'),
    at: z.string(),
    rssBytes: Count,
    cpuSeconds: z.number(),
    /** Processor time of the workspace's processes so far, without the agent; absent where nobody tells. */
    workspaceCpuSeconds: z.optional(z.number()),
    /** Resident memory of the workspace's processes, without the agent. */
    workspaceMemoryBytes: z.optional(z.number()),
    /** What the project takes, and could at most. */
    disk: z.optional(z.object({ usedBytes: z.number(), totalBytes: z.number() })),
    /** What went over the network so far; absent where it is shared with other workspaces. */
    network: z.optional(z.object({ receivedBytes: z.number(), sentBytes: z.number() })),
    /** What there is at most, unless something narrower limits the workspace. */
    machine: z.optional(z.object({ cpus: z.number(), memoryBytes: z.number() })),
    loadAverage: z.number(),
    processes: z.number(),
  }),
  z.object({
    type: z.literal('log'),
    /** Position in the agent's spool; absent: it is not kept there, and told once. */
    seq: z.optional(Count),
    /** Milliseconds since the epoch on the agent's clock. */
    at: z.number(),
    source: z.string(),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    /** At most 8 kB; longer lines are split. */
    text: z.string(),
    correlationId: z.optional(z.string()),
  }),
  z.object({
    type: z.literal('process'),
    name: z.string(),
    state: z.enum(['starting', 'running', 'exited', 'backoff', 'stopped']),
    exitCode: z.nullable(z.number()),
    restarts: z.number(),
  }),
  /** All TCP ports that the workspace listens on: told at the start of each connection and whenever they change. */
  z.object({
    type: z.literal('ports'),
    /** False where the system does not tell whose a port is. */
    isSupported: z.boolean(),
    ports: z.readonly(
      boundedArray(
        z.object({
          port: z.number().check(z.int(), z.gte(1), z.lte(65535)),
          families: z.readonly(boundedArray(z.enum(['ipv4', 'ipv6']), 2)),
          pid: z.number(),
          /** Of the process: its program, and the file that it runs. */
          name: z.string().check(z.maxLength(64)),
        }),
        500,
      ),
    ),
  }),
  /** The agent's key is old: it asks for `identity.rotate`. */
  z.object({ type: z.literal('key-aged') }),
  /** How a change set ended after all: after a crash of the agent, or of the app soon after the commit; reported once, by id. */
  z.object({ type: z.literal('recovered'), receipt: SignedReceiptSchema }),
  /** What became of a version that was started: told at the start of each connection until the next update begins. */
  z.object({ type: z.literal('updated'), update: UpdateOutcomeSchema }),
]);
export type AgentEvent = z.infer<typeof AgentEventSchema>;

/** A position in a spool of log lines: what was told up to it is stored. */
export const SpoolPositionSchema = z.object({ spool: z.uuid(), seq: z.number() });
export type SpoolPosition = z.infer<typeof SpoolPositionSchema>;

/** Answer to `events`: which spool the `seq` of the lines are of; absent: the agent keeps none. */
export const EventsStartedSchema = z.object({ spool: z.optional(z.uuid()) });
export type EventsStarted = z.infer<typeof EventsStartedSchema>;

/** What the control plane writes on the `events` stream, one JSON document per line: all lines up to here are stored. */
export const LogsStoredSchema = z.object({ stored: z.number() });
export type LogsStored = z.infer<typeof LogsStoredSchema>;
