import type { Edit } from '@spt-flow/shared/api/change-sets';

export interface TrialCommand {
  readonly command: string;
  /** Made in the copy before the command runs. */
  readonly edits: readonly Edit[];
  /** Files to bring back as the command left them. */
  readonly keep: readonly string[];
}

export interface TrialOutcome {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** The end of what it printed. */
  readonly output: string;
  readonly files: ReadonlyMap<string, string>;
}

/** ProjectMachine is what a turn may do on the project's machine besides reading its files. */
export interface ProjectMachine {
  /** Runs a command in a copy of the project: whatever it does to files is gone afterwards. */
  tryOut(command: TrialCommand): Promise<TrialOutcome>;
  /** What the running app printed last, in order of time. */
  logs(limit: number): Promise<readonly string[]>;
}
