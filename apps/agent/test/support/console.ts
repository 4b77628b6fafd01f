import { dialNodeSocket } from '@spt-flow/tunnel/websocket/node-socket';
import { createRuntime } from '#runtime';
import type { CommandContext } from '../../src/console/command.ts';

export interface ConsoleOptions {
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** What is piped in. */
  readonly input?: string;
}

/** A place to run commands of the agent at, by a script: nobody can be asked. */
export function createConsole({ args, environment = {}, input = '' }: ConsoleOptions) {
  const printed: string[] = [];
  const told: string[] = [];
  const nobody = () => Promise.reject(new Error('Nobody can be asked'));
  const context: CommandContext = {
    args,
    environment,
    terminal: {
      print: (text) => void printed.push(text),
      tell: (text) => void told.push(text),
      isInteractive: false,
      readInput: async () => input,
      ask: nobody,
      askSecret: nobody,
    },
    dial: dialNodeSocket,
    program: ['/usr/local/bin/spt-flow-agent'],
    tryLock: createRuntime().tryLock,
  };
  return { context, printed, told };
}
