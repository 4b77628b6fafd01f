export function compileAgent(options: {
  readonly target?: string;
  readonly outfile: string;
}): Promise<{ sizeBytes: number; sha256: string }>;
