import { z } from 'zod';

/**
 * Terminal WebSocket: `${API_PREFIX}/workspaces/:handle/terminal?cols=80&rows=24&terminalId=…`.
 * Binary messages are bytes of the terminal, both ways; text messages are JSON of the schemas below.
 * With a known `terminalId` the client reattaches and first receives the recent output.
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
  })
  .refine(
    ({ tty, command }) => tty || command !== undefined,
    'Without a terminal a command is needed',
  );

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
]);
export type TerminalClientMessage = z.infer<typeof TerminalClientMessageSchema>;

export const TerminalServerMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), terminalId: z.uuid(), reattached: z.boolean() }),
  z.object({ type: z.literal('exit'), exitCode: z.number().int() }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);
export type TerminalServerMessage = z.infer<typeof TerminalServerMessageSchema>;
