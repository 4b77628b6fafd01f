/**
 * Whose fault it is: `away` and `busy` pass by themselves, `token` is the operator's, the others are about one project.
 */
export type ForgeFault =
  'away' | 'busy' | 'token' | 'refused' | 'missing' | 'taken' | 'conflict' | 'unexpected';

/** ForgeProblem is what a forge did not do, in words that may be shown: never its token, never its answer as it came. */
export class ForgeProblem extends Error {
  override readonly name = 'ForgeProblem';
  readonly fault: ForgeFault;
  /** It wants to be left alone for so long. */
  readonly pauseMs: number | undefined;

  constructor(
    fault: ForgeFault,
    message: string,
    options: { readonly cause?: unknown; readonly pauseMs?: number | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.fault = fault;
    this.pauseMs = options.pauseMs;
  }
}
