import * as z from 'zod/mini';
import { boundedArray } from './bounded-array.ts';
import { SpoolPositionSchema } from './events.ts';
import { JoinStateSchema } from './handshake.ts';
import { MODEL_APIS } from './models.ts';
import { TerminalViewSchema } from './terminal-view.ts';

/**
 * Heads of the streams that the control plane opens. The agent answers each with a response head
 * (`ResponseHeadSchema`), then bytes, then trailers. A method it does not know: `unimplemented`.
 */
const trace = { traceparent: z.optional(z.string()), correlationId: z.optional(z.string()) };

const MAX_LISTED_FILES = 50_000;
const Environment = z.record(z.string(), z.string());
const Size = z.number().check(z.int(), z.gte(2), z.lte(1000));
/** Relative to the workspace's project directory; empty string is the directory itself. */
const Path = z.string().check(z.maxLength(1024));
/** One line of a file of OpenSSH: type and bytes. */
const SshLine = z.string().check(z.maxLength(4096), z.regex(/^[\w.@-]+ [A-Za-z0-9+/]+={0,2}$/));
const ProcessName = z.string().check(z.regex(/^[a-z][a-z0-9-]{0,31}$/));

export const RequestHeadSchema = z.discriminatedUnion('method', [
  /** Body both ways in channels (CHANNEL_*); trailers `ExitTrailersSchema`. Resetting the stream kills the process group. */
  z.object({
    method: z.literal('exec'),
    argv: z.array(z.string()).check(z.minLength(1)),
    cwd: z.optional(Path),
    env: z.optional(Environment),
    timeoutMs: z.optional(z.number()),
    ...trace,
  }),
  /** Opens or reattaches; body in channels, control messages `PtyControlSchema`; trailers `ExitTrailersSchema`. Resetting detaches only. */
  z.object({
    method: z.literal('pty'),
    terminalId: z.uuid(),
    cols: Size,
    rows: Size,
    command: z.optional(z.string()),
    /** Only look: at a terminal that exists and is shared, `refused` otherwise. */
    follow: z.optional(z.boolean()),
    /** Who it is, as the others see it. */
    viewer: z.optional(z.string()),
    /** False: of a terminal that already ran the screen alone, without what scrolled out of it. */
    history: z.optional(z.boolean()),
    ...trace,
  }),
  /** Raw bytes to a port that the workspace listens on, on its loopback. Answered `refused` when it listens on none. */
  z.object({
    method: z.literal('tcp'),
    port: z.number().check(z.int(), z.gte(1), z.lte(65535)),
    ...trace,
  }),
  /**
   * Listens on the workspace's loopback until the stream ends; port 0 takes a free one. Response head
   * `ListenStartedSchema`, body NDJSON of `ListenNoticeSchema`. Answered `conflict` when the port can't be had.
   */
  z.object({
    method: z.literal('tcp.listen'),
    port: z.number().check(z.int(), z.gte(0), z.lte(65535)),
    ...trace,
  }),
  /** Raw bytes of a connection that a `tcp.listen` told about, within ten seconds. */
  z.object({ method: z.literal('tcp.accept'), connectionId: z.uuid(), ...trace }),
  /** Who logs in here by SSH, and this workspace's host key: response data `SshHostSchema`. Answered `unavailable` without sshd. */
  z.object({ method: z.literal('ssh.host'), ...trace }),
  /** Raw bytes of one SSH connection, to a server of its own; resetting the stream ends it. Answered `unavailable` without sshd. */
  z.object({
    method: z.literal('ssh'),
    /** Of the key that `ssh.host` named. */
    hostCertificate: SshLine,
    /** Public key of the authority whose user certificates are valid. */
    userAuthority: SshLine,
    /** What these have to name. */
    principal: z.string().check(z.regex(/^[\w.@-]{1,255}$/)),
    ...trace,
  }),
  /** Raw bytes of one connection to the machine's container engine. Answered `refused` unless who runs the machine agreed to it there. */
  z.object({ method: z.literal('engine'), ...trace }),
  /** What containers of that engine need to come in: response data `EngineHostSchema`. Answered `refused` as `engine` is. */
  z.object({ method: z.literal('engine.host'), ...trace }),
  /** Response body: JSON of `FileListSchema`. */
  z.object({
    method: z.literal('files.list'),
    path: Path,
    limit: z.number().check(z.int(), z.gte(1), z.lte(MAX_LISTED_FILES)),
    /** With the hash of each file, and whether it may be run. */
    hashes: z.optional(z.boolean()),
    ...trace,
  }),
  /** Response head `FileHeadSchema`, body the bytes. */
  z.object({ method: z.literal('files.read'), path: Path, maxBytes: z.number(), ...trace }),
  /** Request body: JSON of `ChangeSetRequestSchema`; response body: NDJSON of `ChangeSetProgressSchema`; trailers `SignedReceiptSchema`. */
  z.object({ method: z.literal('change-set.apply'), ...trace }),
  /** Starts or replaces a supervised process; it is restarted with backoff when it exits. */
  z.object({
    method: z.literal('process.start'),
    name: ProcessName,
    command: z.string(),
    env: Environment,
    ...trace,
  }),
  z.object({ method: z.literal('process.stop'), name: ProcessName, ...trace }),
  /**
   * Response head `EventsStartedSchema`, body NDJSON of `AgentEventSchema`, for as long as the connection lives; request
   * body NDJSON of `LogsStoredSchema`. One at a time; a newer one replaces the older. Log lines begin after `stored`,
   * where it is of the agent's spool, else with the oldest that the agent has.
   */
  z.object({ method: z.literal('events'), stored: z.optional(SpoolPositionSchema), ...trace }),
  /** Body both ways NDJSON of `GitCredential…Schema`, for as long as the connection lives; a newer one replaces the older. */
  z.object({ method: z.literal('git-credentials'), ...trace }),
  /**
   * Tools of the workspace reach models through the agent for as long as the connection lives; a newer one replaces the
   * older. Response head `ModelsStartedSchema`; body NDJSON of `ModelNoticeSchema` and `ModelTokenSchema`.
   */
  z.object({
    method: z.literal('models'),
    /** With variables for the tools of each; none of an API for which the person set a key of their own. */
    offers: z.array(z.object({ api: z.enum(MODEL_APIS), variables: Environment })),
    /** For all tools, where the person has set none of their own. */
    variables: Environment,
    ...trace,
  }),
  /** A request that `models` told about. Response head `ModelRequestSchema`, body the request's; request body `ModelAnswerSchema` in a line, then the answer's. */
  z.object({ method: z.literal('models.take'), requestId: z.uuid(), ...trace }),
  /** A newer state in place of the one that a copy of the machine may have; answered once it is on the disk. */
  z.object({ method: z.literal('identity.renew'), joinState: JoinStateSchema, ...trace }),
  /** The agent's key gives way to its next one: body both ways is the JSON lines of `Rotation…Schema`. */
  z.object({ method: z.literal('identity.rotate'), ...trace }),
  /** What is started from now on has these variables too, until the agent starts anew. */
  z.object({ method: z.literal('environment.add'), variables: Environment, ...trace }),
  /**
   * Secrets of the workspace, in memory only: request body JSON of `SecretsBodySchema`, response data
   * `SecretsStateSchema`. Processes that were started with other values are restarted where that is asked for, at some
   * moment before `withinMs` have passed.
   */
  z.object({
    method: z.literal('secrets.put'),
    restart: z.boolean(),
    withinMs: z.number().check(z.int(), z.gte(0), z.lte(60_000)),
    ...trace,
  }),
  /** Response data `SecretsStateSchema`. */
  z.object({ method: z.literal('secrets.state'), ...trace }),
  z.object({ method: z.literal('shutdown'), ...trace }),
  /**
   * Has the agent fetch a signed release through this stream and start it; body as `UpdateLineSchema` says. Answered
   * `unavailable` by an agent that comes with its workspace, `busy` while another update is on its way.
   */
  z.object({
    method: z.literal('update'),
    version: z.string().check(z.regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/)),
    ...trace,
  }),
  /** Ends what runs and refuses new work with `suspended` until `resume`, also after a restart of the machine. */
  z.object({ method: z.literal('suspend'), ...trace }),
  z.object({ method: z.literal('resume'), ...trace }),
  /** Forgets the identity and ends; response data `UninstallSchema`. */
  z.object({ method: z.literal('uninstall'), ...trace }),
]);
export type RequestHead = z.infer<typeof RequestHeadSchema>;
export type RequestMethod = RequestHead['method'];

export const AGENT_ERROR_CODES = [
  'unimplemented',
  'bad_request',
  'not_found',
  'path_not_permitted',
  'too_large',
  'busy',
  'conflict',
  'refused',
  'suspended',
  'unavailable',
  'timeout',
  'internal',
] as const;

export const ResponseHeadSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), data: z.optional(z.unknown()) }),
  z.object({ ok: z.literal(false), code: z.enum(AGENT_ERROR_CODES), message: z.string() }),
]);
export type ResponseHead = z.infer<typeof ResponseHeadSchema>;

/** Channels inside a stream's body: `u8 channel ‖ u32be length ‖ bytes`. */
export const CHANNEL_DATA = 0;
export const CHANNEL_STDERR = 1;
/** UTF-8 JSON. */
export const CHANNEL_CONTROL = 2;

export const PtyControlSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resize'), cols: Size, rows: Size }),
  /** Sent by the agent first: what follows draws the screen of a terminal that already ran. */
  z.object({ type: z.literal('attached'), reattached: z.boolean() }),
  /** Sent by the agent after `attached`, and whenever it changes. */
  z.object({ type: z.literal('view'), view: TerminalViewSchema }),
  /** Whether others may follow; those who do are sent away with `refused` when they no longer may. */
  z.object({ type: z.literal('share'), isShared: z.boolean() }),
  z.object({ type: z.literal('eof') }),
]);
export type PtyControl = z.infer<typeof PtyControlSchema>;

export const ExitTrailersSchema = z.object({
  exitCode: z.number(),
  signal: z.nullable(z.string()),
  timedOut: z.boolean(),
});
export type ExitTrailers = z.infer<typeof ExitTrailersSchema>;

export const ListenStartedSchema = z.object({ port: z.number() });
export type ListenStarted = z.infer<typeof ListenStartedSchema>;
/** One connection that waits to be taken with `tcp.accept`. */
export const ListenNoticeSchema = z.object({ connectionId: z.uuid() });
export type ListenNotice = z.infer<typeof ListenNoticeSchema>;

export const SshHostSchema = z.object({
  /** The account that the agent runs as: the only one that can log in. */
  user: z.string().check(z.regex(/^[\w.][\w.-]{0,63}\$?$/)),
  publicKey: SshLine,
  /** Where the project is. */
  directory: z.string().check(z.maxLength(4096), z.regex(/^\//)),
});
export type SshHost = z.infer<typeof SshHostSchema>;

/** Bundles of all public authorities have half of it. */
export const MAX_CA_LENGTH = 512 * 1024;
/** PEM of the authority by which the machine trusts the control plane; null: one that everybody knows. */
export const EngineHostSchema = z.object({
  ca: z.nullable(z.string().check(z.maxLength(MAX_CA_LENGTH))),
});

export const FileListSchema = z.object({
  entries: boundedArray(
    z.object({
      path: z.string(),
      kind: z.enum(['file', 'directory', 'link']),
      size: z.number(),
      sha256: z.optional(z.string()),
      executable: z.optional(z.boolean()),
    }),
    MAX_LISTED_FILES,
  ),
  truncated: z.boolean(),
});
/** What leaves the machine: all that was installed, or the identity alone where somebody started the agent by hand. */
export const UninstallSchema = z.object({ removes: z.enum(['installation', 'identity']) });
export const FileHeadSchema = z.object({ size: z.number(), sha256: z.string(), mode: z.number() });
