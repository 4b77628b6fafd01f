import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';

export type Phase = NonNullable<ChangeSetReceipt['failedPhase']>;

/** ChangeSetFailure ends a change set in a phase, for a reason that its author can act on. */
export class ChangeSetFailure extends Error {
  override readonly name = 'ChangeSetFailure';
  readonly phase: Phase;

  constructor(phase: Phase, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.phase = phase;
  }
}

/** EditedMeanwhileError: the file is somebody else's by now, so undoing must not touch it either. */
export class EditedMeanwhileError extends ChangeSetFailure {
  readonly index: number;

  constructor({ path, index }: { path: string; index: number }) {
    super('write', `'${path}' was changed by somebody else meanwhile`);
    this.index = index;
  }
}

/** UndecidedError: the journal may say either. Nothing may be undone before it was read again, as at the start. */
export class UndecidedError extends Error {
  override readonly name = 'UndecidedError';
}
