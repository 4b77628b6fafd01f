export interface StagedFile {
  readonly path: string;
  readonly content: Buffer;
}

/** What is wrong with a file, in the parser's words; undefined: nothing. */
export type SyntaxProblem = string | undefined;
