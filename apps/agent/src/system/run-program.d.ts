/** Runs a program of the system; answers its output. */
export declare function runProgram(file: string, args: readonly string[]): Promise<string>;
/** Answers undefined where the program fails, or is not there. */
export declare function tryProgram(
  file: string,
  args: readonly string[],
): Promise<string | undefined>;
