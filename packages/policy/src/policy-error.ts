/** PolicyError: the rules gave no answer. Whoever asked has no permission then. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}
