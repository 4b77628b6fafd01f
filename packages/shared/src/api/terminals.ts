import * as z from 'zod';
import { TerminalViewSchema } from '../agent-protocol/terminal-view.ts';

export { boundTerminal } from '../agent-protocol/bounded-terminal.ts';
export type { TerminalView } from '../agent-protocol/terminal-view.ts';

/**
 * Terminal WebSocket: `${API_PREFIX}/workspaces/:handle/terminal?cols=80&rows=24&terminalId=…`.
 * Binary messages are bytes of the terminal, both ways; text messages are JSON of the schemas below.
 * With a known `terminalId` the client reattaches: what it receives first draws the screen as it is. Several clients
 * may have the same terminal; its size is that of the one that used it last, told by `view`.
 *
 * With `acks=true` the server waits while more than `OUTPUT_WINDOW_BYTES` are not acknowledged: for clients that cannot
 * let their connection wait, as pages.
 *
 * With `tty=false` a command runs in pipes instead, for programs: binary messages to the server are its standard
 * input, which the message `eof` ends; binary messages from the server begin with one byte that names the stream
 * (`PIPE_*`). Closing the connection kills the command.
 */
export const TerminalQuerySchema = z
  .object({
    cols: z.coerce.number().int().min(2).max(1000).default(80),
    rows: z.coerce.number().int().min(2).max(1000).default(24),
    terminalId: z.uuid().optional(),
    /** Instead of the login shell; its exit code is reported. */
    command: z.string().max(32_768).optional(),
    tty: z.stringbool().default(true),
    /** Whose terminal to follow, without typing into it; it has to be shared. */
    follow: z.uuid().optional(),
    /** False: not what scrolled out of the screen, which the client still has. */
    history: z.stringbool().default(true),
    acks: z.stringbool().default(false),
  })
  .refine(
    ({ follow, terminalId, tty }) => follow === undefined || (terminalId !== undefined && tty),
    'Only a terminal that exists can be followed',
  )
  .refine(
    ({ tty, command }) => tty || command !== undefined,
    'Without a terminal a command is needed',
  );

/** A round trip of 100 ms still carries 10 MiB/s, and what is under way is shown in less than that. */
export const OUTPUT_WINDOW_BYTES = 1024 * 1024;

export const PIPE_STDOUT = 1;
export const PIPE_STDERR = 2;

export const TerminalClientMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('resize'),
    cols: z.number().int().min(2).max(1000),
    rows: z.number().int().min(2).max(1000),
  }),
  /** No more input (Ctrl-D of a pipe). */
  z.object({ type: z.literal('eof') }),
  /** So many more bytes of output are shown. */
  z.object({ type: z.literal('ack'), bytes: z.number().int().min(1) }),
  /** Whether others in the organization may follow. */
  z.object({ type: z.literal('share'), isShared: z.boolean() }),
]);
export type TerminalClientMessage = z.infer<typeof TerminalClientMessageSchema>;

export const TerminalServerMessageSchema = z.discriminatedUnion('type', [
  /** Before anything is shown, and when it changes; what is typed is never recorded, only what is shown. */
  z.object({ type: z.literal('recording'), isRecorded: z.boolean() }),
  z.object({ type: z.literal('ready'), terminalId: z.uuid(), reattached: z.boolean() }),
  z.object({ type: z.literal('view'), view: TerminalViewSchema }),
  z.object({ type: z.literal('exit'), exitCode: z.number().int() }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);
export type TerminalServerMessage = z.infer<typeof TerminalServerMessageSchema>;
