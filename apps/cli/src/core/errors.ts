export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notSignedIn: 3,
  notFound: 4,
  unreachable: 5,
  interrupted: 130,
} as const;

export interface ErrorTexts {
  /** What happened, in plain words. */
  readonly what: string;
  readonly safe?: string;
  /** The next command to try. */
  readonly command?: string;
  readonly exitCode: number;
  /** Further lines, e.g. the invalid fields. */
  readonly details?: readonly string[];
  readonly cause?: unknown;
}

/** CliError is a failure that is ready to be shown. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly texts: ErrorTexts;

  constructor(texts: ErrorTexts) {
    super(texts.what, { cause: texts.cause });
    this.texts = texts;
  }
}

/** usageError is for what was typed wrongly. */
export function usageError(what: string, command: string): CliError {
  return new CliError({ what, command, exitCode: EXIT.usage });
}

/** InterruptedError ends a command after Ctrl-C; `notice` says what goes on without it. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly notice: string | undefined;

  constructor(notice?: string) {
    super('Interrupted');
    this.notice = notice;
  }
}
