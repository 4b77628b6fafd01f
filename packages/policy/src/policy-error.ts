/** What kept rules from an answer: they can not be loaded, took too long, or ended without a verdict. */
type PolicyFailure = 'unusable' | 'too_slow' | 'no_verdict';

/** PolicyError: the rules gave no answer. Whoever asked has no permission then. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly failure: PolicyFailure;

  constructor(failure: PolicyFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}
