export interface StagedFile {
  readonly path: string;
  readonly content: Buffer;
}

/** What is wrong with a file, in the parser's words; undefined: nothing; or why it could not be told. */
export type SyntaxProblem = string | undefined | Unparsed;

export interface Unparsed {
  readonly unparsed: string;
}
