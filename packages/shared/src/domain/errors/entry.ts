/** Whose fault an error is: decides status class, logging and what the caller may be told. */
export type ErrorFamily = 'caller' | 'dependency' | 'internal';

export interface ErrorEntry {
  readonly status: number;
  readonly family: ErrorFamily;
  /** What happened, in plain words: the default message. */
  readonly what: string;
  /** What is safe, so that nobody has to guess what was lost. */
  readonly safe: string;
  /** The one next step for a person at a page. */
  readonly next: string;
  /** The next command for a person at a terminal. */
  readonly command?: string;
}

export const NOTHING_CHANGED = 'Nothing was changed';

type Texts = [what: string, next: string, command?: string];

/** caller is for what who asked did wrong. */
export function caller(status: number, ...[what, next, command]: Texts): ErrorEntry {
  return {
    status,
    family: 'caller',
    what,
    safe: NOTHING_CHANGED,
    next,
    ...(command && { command }),
  };
}

/** dependency is for what something else did not do. */
export function dependency(status: number, ...[what, next, command]: Texts): ErrorEntry {
  return {
    status,
    family: 'dependency',
    what,
    safe: 'Your work is saved',
    next,
    ...(command && { command }),
  };
}
