/** RefusedError: the control plane does not want this agent, now or ever. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  /** Nothing that the agent has will ever be accepted; somebody must give it a token. */
  readonly isFinal: boolean;
  readonly retryAfterMs: number;

  constructor(message: string, options: { isFinal: boolean; retryAfterMs: number }) {
    super(message);
    this.isFinal = options.isFinal;
    this.retryAfterMs = options.retryAfterMs;
  }
}
