export type EmbeddedDatabaseErrorCode =
  'locked' | 'unreachable_directory' | 'unsupported_platform' | 'failed';

/** EmbeddedDatabaseError says why the database of this machine does not run, and what to do. */
export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
  readonly code: EmbeddedDatabaseErrorCode;

  constructor(code: EmbeddedDatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
