import type { Account } from './account-record.ts';

export interface ServiceInput {
  /** The command line that runs the program. */
  readonly program: readonly string[];
  readonly account: Account;
  readonly projectDirectory: string;
  readonly memoryMax: string;
  /** Of a container engine that the agent has to reach. */
  readonly engineSocket: string | undefined;
}

/** ServiceManager keeps the agent running, and removes it when its control plane asks for that. */
export interface ServiceManager {
  /** Whether it is what runs this machine. */
  isInCharge(): Promise<boolean>;
  /** Files by which it knows of the agent. */
  readonly definitions: readonly string[];
  define(input: ServiceInput): Promise<void>;
  /** Answers when it began to. */
  start(): Promise<number>;
  /** Ends the agent with all that runs through it; nothing when it does not run. */
  stop(): Promise<void>;
  /** It does not start the agent again; what may be running this very command goes on. */
  disable(): Promise<void>;
  /** After all else is removed: this command may end with it. */
  forget(): Promise<void>;
  /** Commands for people. */
  readonly hints: { readonly start: string; readonly status: string };
}
