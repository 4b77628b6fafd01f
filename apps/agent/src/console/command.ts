import type { TryLock } from '../system/directory-lock.ts';
import { parseArgs } from 'node:util';
import type { DialSocket } from '@spt-flow/tunnel/websocket/byte-socket';
import { messageOf } from '../system/errors.ts';
import type { Terminal } from './terminal.ts';

/** CommandContext is what a command of the agent has to work with. */
export interface CommandContext {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  readonly dial: DialSocket;
  /** The command line that runs this very program, without the command. */
  readonly program: readonly string[];
  readonly tryLock: TryLock;
}

/** UsageError: the command line makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** FailureError ends a command with a message for its person; nothing else needs to be said. */
export class FailureError extends Error {
  override readonly name = 'FailureError';
}

/** proxyVariables are the ways to a proxy in both spellings that are in use; the settings know what to make of them. */
export function proxyVariables({
  HTTPS_PROXY,
  https_proxy,
  NO_PROXY,
  no_proxy,
}: CommandContext['environment']) {
  return { HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy };
}

interface OptionKind {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly default?: string | boolean;
}

/** Reads options; a command of the agent takes no other arguments. */
export function readOptions<const T extends Record<string, OptionKind>>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ args: string[]; options: T; strict: true }>>['values'] {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (cause) {
    throw new UsageError(messageOf(cause), { cause });
  }
}
