export function compileAgent(options: {
  readonly target?: string;
  readonly outfile: string;
  readonly version?: string;
  readonly updateRoot?: string;
}): Promise<{ sizeBytes: number; sha256: string }>;
